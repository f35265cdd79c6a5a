# Two services that stand in each zone, and one that asks them: in each zone those of its own.

service "twice" {
  zones     = "each"
  run_twice = true

  driver "raw_exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/page.py"]
  }

  resources {
    cpu    = 100
    memory = 64
  }

  port "http" {
    check {
      type     = "http"
      path     = "/"
      interval = "5s"
      timeout  = "2s"
    }
  }

  task "twice" {
    template {
      destination = "local/page.py"
      data        = <<-PYTHON
        import http.server, os, socket

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = os.environ["NOMAD_ALLOC_ID"].encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6

        Server((os.environ["NOMAD_HOST_IP_http"], int(os.environ["NOMAD_PORT_http"])), Page).serve_forever()
        PYTHON
    }
  }
}

service "once" {
  zones     = "each"
  run_twice = false

  driver "raw_exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/page.py"]
  }

  resources {
    cpu    = 100
    memory = 64
  }

  port "http" {
    check {
      type     = "http"
      path     = "/"
      interval = "5s"
      timeout  = "2s"
    }
  }

  task "once" {
    template {
      destination = "local/page.py"
      data        = <<-PYTHON
        import http.server, os, socket

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                text = os.environ["NOMAD_ALLOC_ID"].encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6

        Server((os.environ["NOMAD_HOST_IP_http"], int(os.environ["NOMAD_PORT_http"])), Page).serve_forever()
        PYTHON
    }
  }
}

service "asker" {
  zones     = "each"
  run_twice = true

  driver "raw_exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/ask.py"]
  }

  resources {
    cpu    = 100
    memory = 64
  }

  task "asker" {
    env {
      ZONE = "${meta.simulacra_zone}"
    }

    # those of its own zone only: whoever has to ask another zone can't while the cable is cut
    template {
      destination = "local/addresses"
      change_mode = "noop"
      data        = <<-LIST
        {{- $zone := print "zone=" (env "meta.simulacra_zone") }}
        {{- range $name := "once twice" | split " " }}
        {{- range nomadService $name }}{{ if .Tags | contains $zone }}
        {{ $name }} {{ .Address }} {{ .Port }}
        {{- end }}{{ end }}{{ end }}
        LIST
    }

    # as docs/zones.md has it: its own first, then the others
    template {
      destination = "local/twice.txt"
      change_mode = "noop"
      data        = <<-LIST
        {{- $own := print "zone=" (env "meta.simulacra_zone") }}
        {{- range nomadService "twice" }}{{ if .Tags | contains $own }}
        http://[{{ .Address }}]:{{ .Port }}/
        {{- end }}{{ end }}
        {{- range nomadService "twice" }}{{ if not (.Tags | contains $own) }}
        http://[{{ .Address }}]:{{ .Port }}/
        {{- end }}{{ end }}
        LIST
    }

    # asks each of them once a second, and writes down how that went
    template {
      destination = "local/ask.py"
      data        = <<-PYTHON
        import json, os, threading, time, urllib.request

        asked = open(os.path.join(os.environ["NOMAD_ALLOC_DIR"], "data", "asked.jsonl"), "a", buffering=1)
        get = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

        def ask(name, address, port):
            began, why = time.time(), ""
            try:
                with get(f"http://[{address}]:{port}/", timeout=3) as answer:
                    answer.read()
            except OSError as problem:
                why = str(problem) or repr(problem)
            line = {"at": began, "zone": os.environ["ZONE"], "service": name, "why": why}
            asked.write(json.dumps(line) + "\n")

        while True:
            with open("local/addresses") as listed:
                for line in filter(None, map(str.split, listed)):
                    threading.Thread(target=ask, args=line, daemon=True).start()
            time.sleep(1)
        PYTHON
    }
  }
}
