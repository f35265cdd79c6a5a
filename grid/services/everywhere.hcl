# One in each zone: what must go on when a cable is cut.

service "landing" {
  description = "A page that says where it is served from"
  zones       = "each"
  run_twice   = true
  tier        = "phone"

  driver "raw_exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/landing.py"]
  }

  resources {
    cpu    = 100
    memory = 64
  }

  port "http" {
    check {
      type     = "http"
      path     = "/health"
      interval = "5s"
      timeout  = "2s"
    }
  }

  task "landing" {
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

service "bulletin" {
  description = "A board of short notes, one in the house and one in the office"
  zones       = ["attic", "office"]
  tier        = "server"

  driver "exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/bulletin.py"]
  }

  resources {
    cpu    = 100
    memory = 96
  }

  port "http" {
    check {
      type = "tcp"
    }
  }

  group {
    # the notes survive an update of the job
    ephemeral_disk {
      size   = 300
      sticky = true
    }
  }

  task "bulletin" {
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

service "time" {
  description = "The time of day on a TCP port, in any two zones"
  zones       = 2
  run_twice   = true

  driver "raw_exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/time.py"]
  }

  resources {
    cpu    = 50
    memory = 48
  }

  port "daytime" {
    check {
      type = "tcp"
    }
  }

  task "time" {
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

service "blog" {
  description = "A static site; docker isn't there in the lab, so it waits there"
  zones       = "each"
  run_twice   = true

  driver "docker" {
    image = "caddy:2"
    ports = ["http"]
  }

  resources {
    cpu    = 100
    memory = 128
  }

  port "http" {
    to = 80

    check {
      type = "http"
      path = "/"
    }
  }
}
