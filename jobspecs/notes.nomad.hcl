# Rendered by simulacra: grid "example", service "notes", from grid/services/single.hcl:135
# Change it there, not here. Run it: simulacra run notes
#                 or: nomad job run -preserve-counts notes.nomad.hcl

job "notes" {
  type = "service"

  ui {
    description = "A text file with a web form: it must never be in two places, or notes would be lost"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.notes"
  }

  # machines of tier "laptop" or a higher one
  constraint {
    attribute = "${meta.simulacra_rank}"
    operator  = ">="
    value     = "20"
  }

  group "notes" {
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
      name     = "notes"
      port     = "http"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}"] # a client takes that of its own zone

      check {
        interval = "10s"
        timeout  = "2s"
        type     = "tcp"
      }
    }

    ephemeral_disk {
      size    = 500
      migrate = true # the notes move along when the service does
      sticky  = true
    }

    # instead of simulacra's: the cut-off side stops its own after a minute, only then the other side starts one
    disconnect {
      stop_on_client_after = "1m"
    }

    task "notes" {
      driver = "exec"

      config {
        command = "/usr/bin/python3"
        args    = ["-u", "local/notes.py"]
      }

      resources {
        cpu    = 100
        memory = 96
      }

      template {
        destination = "local/notes.py"
        data        = <<-PYTHON
        import html, http.server, os, pathlib, socket, urllib.parse

        NOTES = pathlib.Path(os.environ["NOMAD_ALLOC_DIR"], "data", "notes.txt")
        PAGE = "<!doctype html><title>notes</title><form method=post><textarea name=text rows=20 cols=80>%s</textarea><p><button>Keep</button></form>"

        class Notes(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = (PAGE % html.escape(NOTES.read_text() if NOTES.exists() else "")).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(min(int(self.headers["Content-Length"]), 1 << 20)).decode())
                fresh = NOTES.with_suffix(".new")
                fresh.write_text(form.get("text", [""])[0])
                fresh.replace(NOTES)
                self.send_response(303)
                self.send_header("Location", "/")
                self.send_header("Content-Length", "0")
                self.end_headers()

        class Server(http.server.HTTPServer):
            address_family = socket.AF_INET6 if ":" in os.environ["NOMAD_HOST_IP_http"] else socket.AF_INET

        Server((os.environ["NOMAD_HOST_IP_http"], int(os.environ["NOMAD_PORT_http"])), Notes).serve_forever()
        PYTHON
      }
    }
  }
}
