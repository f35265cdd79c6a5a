locals {
  ports = {
    http  = 8080
    grpc  = 9090
    admin = 9901
  }
  checked = ["http", "admin"]
}

job "many-ports" {
  datacenters = ["home"]

  group "proxy" {
    network {
      mode = "bridge"

      dynamic "port" {
        for_each = local.ports
        labels   = [port.key]
        content {
          to = port.value
        }
      }
    }

    dynamic "service" {
      for_each = keys(local.ports)
      iterator = it

      content {
        name     = "proxy-${it.value}"
        port     = it.value
        provider = "nomad"

        dynamic "check" {
          for_each = contains(local.checked, it.value) ? [it.value] : []
          content {
            type     = "tcp"
            interval = "10s"
            timeout  = "2s"
          }
        }
      }
    }

    task "envoy" {
      driver = "docker"
      config {
        image = "envoyproxy/envoy:v1.31-latest"
        ports = keys(local.ports)
      }
      dynamic "env" {
        for_each = [1]
        content {
          ADMIN = "${NOMAD_ADDR_admin}"
        }
      }
    }
  }
}
