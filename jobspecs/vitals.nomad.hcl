# Rendered by simulacra: grid "example", service "vitals", from grid/services/work.hcl:90
# Change it there, not here. Run it: simulacra run vitals
#                 or: nomad job run -preserve-counts vitals.nomad.hcl

job "vitals" {
  type = "system"

  ui {
    description = "Load, memory and uptime of every machine, as Prometheus reads them"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.vitals"
  }

  group "vitals" {

    # a machine that was away comes back with its instance
    disconnect {
      lost_after = "8760h"
    }

    network {
      port "metrics" {
        host_network = "overlay"
      }
    }

    service {
      name     = "vitals"
      port     = "metrics"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}"] # a client takes that of its own zone

      check {
        interval = "10s"
        timeout  = "2s"
        type     = "http"
        path     = "/metrics"
      }
    }

    task "vitals" {
      driver = "raw_exec"

      config {
        command = "/usr/bin/python3"
        args    = ["-u", "local/vitals.py"]
      }

      resources {
        cpu    = 50
        memory = 48
      }

      template {
        destination = "local/vitals.py"
        data        = <<-PYTHON
        import http.server, os, pathlib, socket

        def metrics():
            load = os.getloadavg()[0]
            memory = dict(line.split(":") for line in pathlib.Path("/proc/meminfo").read_text().splitlines())
            free = int(memory["MemAvailable"].split()[0]) * 1024
            up = pathlib.Path("/proc/uptime").read_text().split()[0]
            return f"node_load1 {load}\nnode_memory_available_bytes {free}\nnode_uptime_seconds {up}\n"

        class Metrics(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = metrics().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in os.environ["NOMAD_HOST_IP_metrics"] else socket.AF_INET

        Server((os.environ["NOMAD_HOST_IP_metrics"], int(os.environ["NOMAD_PORT_metrics"])), Metrics).serve_forever()
        PYTHON
      }
    }
  }
}
