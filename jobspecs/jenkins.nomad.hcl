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
    count = 1

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

    # an instance may wait for a machine that sleeps for as long as it takes
    update {
      progress_deadline = "8760h"
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
