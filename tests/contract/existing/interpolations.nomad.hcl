# What Nomad fills in at run time, in every way that people write it
job "interpolations" {
  datacenters = ["${attr.unique.platform.aws.placement.availability-zone}", "dc1"]
  meta {
    node   = "${node.unique.name}"
    spaced = "${ meta.rack }"
    twice  = "${node.unique.name}${node.class}"
    bare   = node.datacenter
    closed = "${meta.rack}}"
    dollar = "$"
    open   = "{"
    mixed  = "a$${b}c${env["HOME"]}d"
  }
  group "g" {
    count = 1
    task "t" {
      driver = "raw_exec"
      user   = "${NOMAD_META_user}"
      config {
        command = "${NOMAD_TASK_DIR}/run.sh"
        args    = ["${NOMAD_ADDR_http}", "${attr.cpu.arch}", "${NOMAD_ALLOC_INDEX}", NOMAD_REGION]
      }
      env {
        A = "${ NOMAD_ALLOC_ID }-${NOMAD_DC}"
        B = "}${node.region}{"
      }
    }
  }
}
