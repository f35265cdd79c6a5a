# Made of docker-compose.yml:2 by `simulacra import`. It is yours: change it here.

service "homeassistant" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image        = "ghcr.io/home-assistant/home-assistant:stable"
    privileged   = true
    network_mode = "host"
    volumes      = ["/srv/stack/config:/config", "/etc/localtime:/etc/localtime:ro", "/run/dbus:/run/dbus:ro"]

    devices {
      host_path      = "/dev/serial/by-id/usb-ITead_Sonoff_Zigbee_3.0_USB_Dongle_Plus-if00-port0"
      container_path = "/dev/ttyUSB0"
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "port_8123" {
    static = 8123

    check {
      type     = "http"
      path     = "/manifest.json"
      interval = "30s"
      timeout  = "30s"
    }
  }

  group {
    # where Docker may run privileged containers
    constraint {
      attribute = "${attr.driver.docker.privileged.enabled}"
      operator  = "is_set"
    }

    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }
}

# Made of docker-compose.yml:18 by `simulacra import`. It is yours: change it here.

service "mqtt" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image = "eclipse-mosquitto:2"
    ports = ["mqtt", "port_9001"]

    mount {
      type   = "volume"
      source = "mosquitto-data"
      target = "/mosquitto/data"
    }

    mount {
      type     = "bind"
      source   = "local/mosquitto"
      target   = "/mosquitto/config/mosquitto.conf"
      readonly = true
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "mqtt" {
    static = 1883
    to     = 1883

    check {
      type     = "tcp"
      interval = "1m30s"
      timeout  = "30s"
    }
  }

  port "port_9001" {
    static = 9001
    to     = 9001
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }

  task "mqtt" {
    user = "1883"

    template {
      destination = "local/mosquitto"
      perms       = "440"
      data        = <<-EOT
        listener 1883
        allow_anonymous false
        password_file /mosquitto/data/passwd
        EOT
    }
  }
}

# Made of docker-compose.yml:34 by `simulacra import`. It is yours: change it here.

service "zigbee2mqtt" {
  moves = "never" # what it needs is on one machine

  driver "docker" {
    image       = "koenkk/zigbee2mqtt"
    ports       = ["http"]
    cap_add     = ["NET_ADMIN", "NET_RAW", "CHOWN"]
    group_add   = ["dialout"]
    volumes     = ["/srv/stack/zigbee:/app/data"]
    extra_hosts = ["mqtt:${ADDRESS_OF_MQTT}"]

    mount {
      type     = "bind"
      source   = "secrets/zigbee-network-key"
      target   = "/run/secrets/zigbee-network-key"
      readonly = true
    }

    devices {
      host_path          = "/dev/ttyACM0"
      container_path     = "/dev/ttyACM0"
      cgroup_permissions = "rw"
    }
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "http" {
    static = 8080
    to     = 8080
  }

  group {
    # where Docker may mount what is on the machine
    constraint {
      attribute = "${attr.driver.docker.volumes.enabled}"
      operator  = "is_set"
    }
  }

  task "zigbee2mqtt" {
    env {
      ZIGBEE2MQTT_DATA                 = "/app/data"
      LONG                             = "two\nlines"
      ZIGBEE2MQTT_CONFIG_MQTT_SERVER   = "mqtt://mqtt"
      ZIGBEE2MQTT_CONFIG_MQTT_PASSWORD = "!secret.yaml password"
    }

    template {
      destination = "secrets/zigbee-network-key"
      data        = "{{ with nomadVar \"nomad/jobs/zigbee2mqtt\" }}{{ .zigbee_network_key }}{{ end }}"
    }

    # where the others are, as Nomad's catalog has it; 192.0.2.1 is nobody's address
    template {
      destination = "local/addresses.env"
      env         = true
      data        = <<-EOT
        ADDRESS_OF_MQTT={{ range nomadService 1 (env "NOMAD_ALLOC_ID") "mqtt" }}{{ .Address }}{{ else }}192.0.2.1{{ end }}
        EOT
    }
  }
}

# Made of docker-compose.yml:52 by `simulacra import`. It is yours: change it here.

service "node-red" {
  driver "docker" {
    image = "nodered/node-red:4.0"
    ports = ["port_1880"]
  }

  resources {
    cpu    = 500 # MHz; Compose says nothing here
    memory = 512 # MiB; Compose says nothing here; what takes more is killed
  }

  port "port_1880" {
    static = 1880
    to     = 1880
  }
}
