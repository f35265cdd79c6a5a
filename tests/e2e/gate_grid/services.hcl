service "jenkins" {
  description = "A stand-in: it is there while a hypervisor is, and wakes none"
  tier        = "hypervisor"
  on_demand   = false
  run_twice   = true

  needs {
    tier "hypervisor" {}
  }

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["36000"]
  }

  resources {
    cpu    = 500
    memory = 4096
  }
}

service "extra" {
  description = "What makes room for more important things"
  priority    = 20

  needs {}

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["36000"]
  }

  resources {
    cpu    = 200
    memory = 3000
  }

  group {
    constraint {
      attribute = "${node.unique.name}"
      value     = "mini"
    }
  }
}

service "ranked" {
  description = "Runs on laptops and better"
  tier        = "laptop"
  run_twice   = true

  driver "raw_exec" {
    command = "/bin/sleep"
    args    = ["36000"]
  }

  resources {
    cpu    = 100
    memory = 100
  }
}
