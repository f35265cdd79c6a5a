job "mosquitto" {
  datacenters = ["home"]
  group "mqtt" {
    network {
      port "mqtt" { static = 1883 }
      port "ws" {
        static = 9001
      }
    }
    task "mosquitto" {
      driver = "docker"
      config {
        image = "eclipse-mosquitto:2"
        ports = ["mqtt", "ws"]
        volumes = ["local/mosquitto.conf:/mosquitto/config/mosquitto.conf"]
      }
      template {
        destination = "local/mosquitto.conf"
        change_mode = "script"
        change_script {
          command       = "/bin/kill"
          args          = ["-HUP", "1"]
          timeout       = "10s"
          fail_on_error = false
        }
        data = <<CONF
listener 1883
allow_anonymous false
# bridge { not hcl at all
connection bridge-01
CONF
      }
      service {
        name = "mqtt"
        port = "mqtt"
        provider = "nomad"
        weights {
          passing = 10
          warning = 1
        }
        check {
          type = "tcp"
          interval = "15s"
          timeout = "2s"
        }
      }
    }
  }
}
