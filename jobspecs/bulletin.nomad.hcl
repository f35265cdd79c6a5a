# Rendered by simulacra: grid "example", service "bulletin", from grid/services/everywhere.hcl:57
# Change it there, not here. Run it: simulacra run bulletin
#                 or: nomad job run -preserve-counts bulletin.nomad.hcl

job "bulletin" {
  type = "service"

  ui {
    description = "A board of short notes, one in the house and one in the office"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.bulletin"
  }

  # machines of tier "server" or a higher one
  constraint {
    attribute = "${meta.simulacra_rank}"
    operator  = ">="
    value     = "30"
  }

  group "bulletin" {
    count = 2

    # only in these zones
    constraint {
      attribute = "${meta.simulacra_zone}"
      operator  = "set_contains_any"
      value     = "attic,office"
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
        host_network = "overlay"
      }
    }

    service {
      name     = "bulletin"
      port     = "http"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}"] # a client takes that of its own zone

      check {
        interval = "10s"
        timeout  = "2s"
        type     = "tcp"
      }
    }

    # the notes survive an update of the job
    ephemeral_disk {
      size   = 300
      sticky = true
    }

    task "bulletin" {
      driver = "exec"

      config {
        command = "/usr/bin/python3"
        args    = ["-u", "local/bulletin.py"]
      }

      resources {
        cpu    = 100
        memory = 96
      }

      template {
        destination = "local/bulletin.py"
        data        = <<-PYTHON
        import http.server, os, pathlib, socket

        BOARD = pathlib.Path(os.environ["NOMAD_ALLOC_DIR"], "data", "board.txt")

        class Board(http.server.BaseHTTPRequestHandler):
            def answer(self, status, text):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self):
                self.answer(200, BOARD.read_bytes() if BOARD.exists() else b"")

            def do_POST(self):
                note = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 4096))
                with BOARD.open("ab") as board:
                    board.write(note.replace(b"\n", b" ") + b"\n")
                self.answer(201, b"")

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in os.environ["NOMAD_HOST_IP_http"] else socket.AF_INET

        Server((os.environ["NOMAD_HOST_IP_http"], int(os.environ["NOMAD_PORT_http"])), Board).serve_forever()
        PYTHON
      }
    }
  }
}
