# Rendered by simulacra: grid "example", service "time", from grid/services/everywhere.hcl:119
# Change it there, not here. Run it: simulacra run time
#                 or: nomad job run -preserve-counts time.nomad.hcl

job "time" {
  type = "service"

  ui {
    description = "The time of day on a TCP port, in any two zones"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.time"
  }

  group "time" {
    count = 2

    # in 2 of 3 zones, attic and hosting: a cut of city-ring, datacenter or home-fiber leaves one on each side;
    # a cut of office-dsl leaves one side without
    constraint {
      attribute = "${meta.simulacra_zone}"
      operator  = "set_contains_any"
      value     = "attic,hosting"
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
      port "daytime" {
        host_network = "overlay"
      }
    }

    service {
      name     = "time"
      port     = "daytime"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}"] # a client takes that of its own zone

      check {
        interval = "10s"
        timeout  = "2s"
        type     = "tcp"
      }
    }

    task "time" {
      driver = "raw_exec"

      config {
        command = "/usr/bin/python3"
        args    = ["-u", "local/time.py"]
      }

      resources {
        cpu    = 50
        memory = 48
      }

      template {
        destination = "local/time.py"
        data        = <<-PYTHON
        import datetime, os, socket

        ip, port = os.environ["NOMAD_HOST_IP_daytime"], int(os.environ["NOMAD_PORT_daytime"])
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        with socket.create_server((ip, port), family=family) as server:
            while True:
                caller, _ = server.accept()
                with caller:
                    caller.sendall(datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").encode() + b"\n")
        PYTHON
      }
    }
  }
}
