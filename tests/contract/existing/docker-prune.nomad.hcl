job "docker-prune" {
  type = "sysbatch"
  datacenters = ["home", "office"]
  parameterized {
    meta_optional = ["filter"]
  }
  group "prune" {
    constraint {
      attribute = "${attr.driver.docker}"
      operator  = "is_set"
    }
    task "prune" {
      driver = "raw_exec"
      config {
        command = "docker"
        args    = ["system", "prune", "--force", "--filter=${NOMAD_META_filter}"]
      }
    }
  }
}
