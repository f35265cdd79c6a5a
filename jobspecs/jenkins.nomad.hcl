# Rendered by simulacra: grid "example", service "jenkins", from grid/services/single.hcl:206
# Change it there, not here. Run it: simulacra run jenkins
#                 or: nomad job run -preserve-counts jenkins.nomad.hcl

job "jenkins" {
  type = "service"

  ui {
    description = "Builds things; comes online once the grid can carry it"

    link {
      label = "Handbook"
      url   = "https://www.jenkins.io/doc/book/"
    }
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.jenkins"
  }

  # machines of tier "hypervisor" or a higher one
  constraint {
    attribute = "${meta.simulacra_rank}"
    operator  = ">="
    value     = "40"
  }

  group "jenkins" {
    count = 0 # 1 once the grid has what it needs

    # rather where a machine is on anyway, then where it costs few watts: sleepers stay free to sleep
    affinity {
      attribute = "${meta.simulacra_watts}"
      operator  = "="
      value     = "0"
      weight    = 100
    }

    affinity {
      attribute = "${meta.simulacra_watts}"
      operator  = "<="
      value     = "20"
      weight    = 50
    }

    # at most one anywhere: an unreachable instance isn't replaced, it may still be running
    disconnect {
      lost_after = "8760h"
      replace    = false
      reconcile  = "keep_original"
    }

    # without deployments: while one is under way, nobody could set the count back to 0
    update {
      max_parallel = 0
    }

    # simulacra-apm says when the grid can carry it: 1 then, 0 else
    scaling {
      enabled = true
      min     = 0
      max     = 1

      policy {
        cooldown            = "30s"
        evaluation_interval = "10s"

        check "gate" {
          source = "simulacra-apm"
          query  = "gate/jenkins"

          strategy "pass-through" {}
        }
      }
    }

    network {
      port "http" {
        to           = 8080
        host_network = "overlay"
      }
    }

    service {
      name     = "jenkins"
      port     = "http"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}"] # a client takes that of its own zone

      check {
        interval = "10s"
        timeout  = "2s"
        type     = "http"
        path     = "/login"
      }
    }

    ephemeral_disk {
      size   = 500
      sticky = true
    }

    task "jenkins" {
      driver = "docker"

      config {
        image = "jenkins/jenkins:lts"
        ports = ["http"]
      }

      resources {
        cpu    = 2000
        memory = 2048
      }
    }
  }
}
