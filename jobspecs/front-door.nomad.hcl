# Rendered by simulacra: grid "example", service "front-door", from grid/services/single.hcl:3
# Change it there, not here. Run it: simulacra run front-door
#                 or: nomad job run -preserve-counts front-door.nomad.hcl

job "front-door" {
  type = "service"

  ui {
    description = "One address for the landing pages: passes each request on to one that answers"

    link {
      label = "How services find each other"
      url   = "https://developer.hashicorp.com/nomad/docs/networking/service-discovery"
    }
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.front-door"
  }

  group "front-door" {
    count = 1

    # only in these zones
    constraint {
      attribute = "${meta.simulacra_zone}"
      operator  = "set_contains_any"
      value     = "hosting"
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
        static       = 8080
        host_network = "overlay"
      }
    }

    service {
      name     = "front-door"
      port     = "http"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}"] # a client takes that of its own zone

      check {
        interval = "10s"
        timeout  = "2s"
        type     = "tcp"
      }
    }

    task "front-door" {
      driver = "exec"

      config {
        command = "/usr/bin/python3"
        args    = ["-u", "local/front_door.py"]
      }

      resources {
        cpu    = 100
        memory = 96
      }

      # the addresses as Nomad's catalog has them; the program reads the file anew for each request
      template {
        destination = "local/landing.txt"
        change_mode = "noop"
        data        = <<-TEXT
        {{ range nomadService "landing" }}{{ .Address }} {{ .Port }}
        {{ end }}
        TEXT
      }

      template {
        destination = "local/front_door.py"
        data        = <<-PYTHON
        import http.client, http.server, os, pathlib, random, socket

        def landings():
            lines = pathlib.Path("local/landing.txt").read_text().split("\n")
            found = [line.split() for line in lines if line.strip()]
            return random.sample(found, len(found))

        class Door(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                for host, port in landings():
                    try:
                        way = http.client.HTTPConnection(host, int(port), timeout=2)
                        way.request("GET", self.path)
                        text = way.getresponse().read()
                    except OSError:
                        continue
                    return self.answer(200, text)
                self.answer(503, b"no landing page answers\n")

            def answer(self, status, text):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in os.environ["NOMAD_HOST_IP_http"] else socket.AF_INET

        Server((os.environ["NOMAD_HOST_IP_http"], int(os.environ["NOMAD_PORT_http"])), Door).serve_forever()
        PYTHON
      }
    }
  }
}
