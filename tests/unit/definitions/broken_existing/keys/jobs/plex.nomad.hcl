variable "image" {
  default = "plex"
}

job "films" { # ! its job is named "films": name the service so
  id       = "pictures" # ! the job's `id` must be the service's name
  priority = 20         # ! `priority` stands in the definition too: remove one
  type     = lower("SERVICE") # ! `type` must be plain text here

  meta {
    simulacra_definition = "mine" # ! this is simulacra's own mark on its jobs
  }

  ui { # ! both a description or links in the definition and a `ui` of its own
    description = "Films"
  }

  group "films" {
    task "films" {
      driver = "docker"

      config {
        image = var.image
      }
    }
  }
}
