# Rendered by simulacra: grid "example", service "blog", from grid/services/everywhere.hcl:158
# Change it there, not here. Run it: simulacra run blog
#                 or: nomad job run -preserve-counts blog.nomad.hcl

job "blog" {
  type = "service"

  ui {
    description = "A static site; docker isn't there in the lab, so it waits there"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.blog"
  }

  group "blog" {
    count = 3

    # only in these zones
    constraint {
      attribute = "${meta.simulacra_zone}"
      operator  = "set_contains_any"
      value     = "attic,hosting,office"
    }

    # one in each zone and no more, so that a cable cut leaves each side its own
    constraint {
      distinct_property = "${meta.simulacra_zone}"
      value             = "1"
    }

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

    # during a netsplit each side may run its own; after it the first one stays
    disconnect {
      lost_after = "6h"
      replace    = true
      reconcile  = "keep_original"
    }

    # an instance may wait for a machine that sleeps for as long as it takes
    update {
      progress_deadline = "8760h"
    }

    network {
      port "http" {
        to           = 80
        host_network = "overlay"
      }
    }

    service {
      name     = "blog"
      port     = "http"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}"] # a client takes that of its own zone

      check {
        interval = "10s"
        timeout  = "2s"
        type     = "http"
        path     = "/"
      }
    }

    task "blog" {
      driver = "docker"

      config {
        image = "caddy:2"
        ports = ["http"]
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
