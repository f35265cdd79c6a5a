variable "version" {
  type        = string
  description = "Which Minecraft"
  default     = "1.21.1"
}

variable "ops" {
  type    = list(string)
  default = ["steve", "alex"]
}

job "minecraft" {
  datacenters = ["home"]
  namespace   = "games"

  group "server" {
    network {
      port "game" {
        static = 25565
      }
      port "rcon" {}
    }

    volume "world" {
      type   = "host"
      source = "minecraft"
      sticky = true
    }

    task "server" {
      driver = "java"
      config {
        jar_path    = "local/server.jar"
        jvm_options = ["-Xms1G", "-Xmx${floor(3072 * 0.8)}M", "-XX:+UseG1GC"]
        args        = ["nogui"]
      }
      artifact {
        source = "https://piston.example/${var.version}/server.jar"
      }
      template {
        destination = "eula.txt"
        data        = "eula=true"
      }
      template {
        destination = "ops.json"
        data        = jsonencode([for name in var.ops : { name = name, level = 4 }])
      }
      template {
        destination = "server.properties"
        change_mode = "noop"
        data        = <<-PROPERTIES
          server-port={{ env "NOMAD_PORT_game" }}
          enable-rcon=true
          rcon.port={{ env "NOMAD_PORT_rcon" }}
          %{~ if var.version == "1.21.1" }
          motd=A server of the house
          %{~ endif }
          PROPERTIES
      }
      volume_mount {
        volume        = "world"
        destination   = "/world"
        selinux_label = "z"
      }
      resources {
        cpu    = 3000
        memory = 3072
      }
    }
  }
}
