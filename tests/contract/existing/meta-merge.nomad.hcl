variable "meta" {
  type    = map(string)
  default = { team = "house" }
}

job "meta-merge" {
  datacenters = ["home"]

  meta = merge(
    var.meta,
    { job = "meta-merge" }, # its own
    { for name in ["a", "b"] : name => upper(name) },
  )

  group "g" {
    meta = var.meta
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
      meta = merge(var.meta, { task = "t" })
    }
  }
}
