# Rendered by simulacra: grid "example", service "landing", from grid/services/everywhere.hcl:3
# Change it there, not here. Run it: simulacra run landing
#                 or: nomad job run -preserve-counts landing.nomad.hcl

job "landing" {
  type = "service"

  ui {
    description = "A page that says where it is served from"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.landing"
  }

  # machines of tier "phone" or a higher one
  constraint {
    attribute = "${meta.simulacra_rank}"
    operator  = ">="
    value     = "10"
  }

  group "landing" {
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
        host_network = "overlay"
      }
    }

    service {
      name     = "landing"
      port     = "http"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}"] # a client takes that of its own zone

      check {
        type     = "http"
        path     = "/health"
        interval = "5s"
        timeout  = "2s"
      }
    }

    task "landing" {
      driver = "raw_exec"

      config {
        command = "/usr/bin/python3"
        args    = ["-u", "local/landing.py"]
      }

      resources {
        cpu    = 100
        memory = 64
      }

      env {
        ZONE    = "${meta.simulacra_zone}"
        MACHINE = "${node.unique.name}"
      }

      template {
        destination = "local/landing.py"
        data        = <<-PYTHON
        import http.server, os, socket

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = f"hello from {os.environ['MACHINE']} in {os.environ['ZONE']}\n".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; charset=utf-8")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in os.environ["NOMAD_HOST_IP_http"] else socket.AF_INET

        Server((os.environ["NOMAD_HOST_IP_http"], int(os.environ["NOMAD_PORT_http"])), Page).serve_forever()
        PYTHON
      }
    }
  }
}
