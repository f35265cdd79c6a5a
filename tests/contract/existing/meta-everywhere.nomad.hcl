job "meta-everywhere" {
  datacenters = ["home"]

  group "g" {
    meta {
      where = "group"
    }

    service {
      name     = "meta-everywhere"
      provider = "consul"
      meta {
        where = "service"
      }
      connect {
        sidecar_service {
          meta {
            where = "sidecar"
          }
        }
      }
    }

    network {
      mode = "bridge"
    }

    task "t" {
      driver = "docker"
      config {
        image = "nginx:1.27"
        meta {
          where = "config"
        }
        job "inside" {
          group "config" {
            count = 3
          }
        }
        labels = {
          meta = "where = \"labels\""
        }
      }
      meta {
        where = "task"
      }
    }
  }
}
