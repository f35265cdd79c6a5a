job "vector" {
  datacenters = ["home"]
  type = "system"
  group "vector" {
    ephemeral_disk {
      size   = 500
      sticky = true
    }
    network {
      port "api" {
        to = 8686
      }
    }
    disconnect {
      lost_after = "24h"
    }
    task "vector" {
      driver = "docker"
      config {
        image = "timberio/vector:0.40.0-alpine"
        ports = ["api"]
      }
      volume_mount {
        volume      = "docker-sock"
        destination = "/var/run/docker.sock"
        read_only   = true
      }
      env {
        VECTOR_CONFIG          = "local/vector.toml"
        VECTOR_REQUIRE_HEALTHY = "true"
      }
      # template with Vector's configuration
      template {
        destination   = "local/vector.toml"
        change_mode   = "signal"
        change_signal = "SIGHUP"
        # overriding the delimiters to [[ ]] to avoid conflicts with Vector's native templating, which also uses {{ }}
        left_delimiter  = "[["
        right_delimiter = "]]"
        data            = <<EOH
          data_dir = "alloc/data/vector/"
          [api]
            enabled = true
            address = "0.0.0.0:8686"
          [sources.logs]
            type = "docker_logs"
          [transforms.group]
            type = "remap"
            inputs = ["logs"]
            source = '''
              .group = { "name": .label."com.hashicorp.nomad.task_group_name" }
            '''
          [sinks.loki]
            type = "loki"
            inputs = ["group"]
            endpoint = "http://[[ range nomadService "loki" ]][[ .Address ]]:[[ .Port ]][[ end ]]"
            encoding.codec = "json"
            healthcheck.enabled = true
            labels.task = "{{label.com\\.hashicorp\\.nomad\\.task_name}}"
        EOH
      }
      kill_timeout = "30s"
    }
    volume "docker-sock" {
      type      = "host"
      source    = "docker-sock-ro"
      read_only = true
    }
  }
}
