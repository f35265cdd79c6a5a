variable "shards" {
  type = map(object({
    count  = number
    memory = number
  }))
}

variable "image" {
  type    = string
  default = "registry.example/store:4"

  validation {
    condition     = strlen(var.image) > 3
    error_message = "The image must have a name."
  }
}

job "shards" {
  datacenters = ["home"]

  dynamic "group" {
    for_each = var.shards
    iterator = shard
    labels   = ["store-${shard.key}"]

    content {
      count = shard.value.count

      network {
        port "store" {}
      }

      task "store" {
        driver = "docker"

        config {
          image = var.image
          args  = ["--shard", shard.key, "--of", "${length(var.shards)}"]
          ports = ["store"]
        }

        resources {
          memory = shard.value.memory
        }
      }
    }
  }

  group "router" {
    network {
      port "http" { to = 8080 }
    }

    task "router" {
      driver = "docker"
      config {
        image = var.image
        args  = concat(["route"], [for name, it in var.shards : "${name}=${it.count}"])
      }
    }
  }
}
