variable tag {
  default = "1.27"
}

job unquoted-labels {
  group web {
    network {
      port http {
        to = 80
      }
    }
    task nginx {
      driver = "docker"
      config {
        image = "nginx:${var.tag}"
        ports = ["http"]
      }
    }
  }
  dynamic group {
    for_each = ["a"]
    labels = ["dyn-${group.value}"]
    content {
      task t {
        driver = "raw_exec"
        config {
          command = "true"
        }
      }
    }
  }
}
