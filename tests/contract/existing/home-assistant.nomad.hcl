job "home-assistant" {
  region      = "global"
  datacenters = ["home"]
  namespace   = "default"
  node_pool   = "default"
  type        = "service"

  reschedule {
    delay          = "30s"
    delay_function = "exponential"
    max_delay      = "10m"
    unlimited      = true
  }

  group "hass" {
    network {
      mode = "host"
      port "http" {
        static       = 8123
        host_network = "default"
      }
    }

    service {
      name     = "home-assistant"
      port     = "http"
      provider = "nomad"
      check {
        type     = "http"
        path     = "/"
        interval = "30s"
        timeout  = "3s"
        header {
          Accept = ["text/html", "application/json"]
        }
      }
    }

    task "wait-for-mqtt" {
      lifecycle {
        hook    = "prestart"
        sidecar = false
      }
      driver = "exec"
      config {
        command = "sh"
        args    = ["-c", "while ! nc -z mqtt.lan 1883; do sleep 2; done"]
      }
      resources {
        cpu    = 20
        memory = 16
      }
    }

    task "hass" {
      driver = "docker"
      leader = true
      config {
        image      = "ghcr.io/home-assistant/home-assistant:2024.9"
        privileged = true
        network_mode = "host"
        volumes = [
          "/srv/hass:/config",
          "/etc/localtime:/etc/localtime:ro",
          "/run/dbus:/run/dbus:ro",
        ]
        labels {
          room = "cellar"
        }
      }
      resources {
        cpu    = 800
        memory = 1024
      }
    }
  }
}
