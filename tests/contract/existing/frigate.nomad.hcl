job "frigate" {
  datacenters = ["home"]
  group "frigate" {
    constraint {
      attribute = "${meta.coral}"
      value     = "true"
    }
    network {
      port "web" { to = 5000 }
      port "rtsp" { static = 8554 }
      port "webrtc" {
        static           = 8555
        ignore_collision = true
      }
    }
    task "frigate" {
      driver = "docker"
      config {
        image      = "ghcr.io/blakeblackshear/frigate:0.14.1"
        ports      = ["web", "rtsp", "webrtc"]
        privileged = true
        shm_size   = 256000000
        devices = [{
          host_path      = "/dev/bus/usb"
          container_path = "/dev/bus/usb"
        }]
        mount {
          type     = "bind"
          source   = "local/config.yml"
          target   = "/config/config.yml"
          readonly = true
        }
        ulimit {
          nofile = "65536:65536"
        }
        logging {
          type = "journald"
          config {
            tag = "frigate"
          }
        }
      }
      template {
        destination = "local/config.yml"
        data        = <<YAML
mqtt:
  host: {{ range nomadService "mqtt" }}{{ .Address }}{{ end }}
detectors:
  coral: { type: edgetpu, device: usb }
cameras:
  door:
    ffmpeg:
      inputs: [{ path: "rtsp://cam.lan/1", roles: [detect, record] }]
YAML
      }
      resources {
        cpu    = 3000
        memory = 2048
        device "usb" {
          count = 1
          constraint {
            attribute = "${device.vendor}"
            value     = "google"
          }
        }
      }
    }
  }
}
