# Work that comes to an end, and work that every machine does.

service "render-video" {
  description = "Heavy work for the big machine: counts primes on every core it gets"
  type        = "batch"
  tier        = "hypervisor"

  driver "exec" {
    command = "/usr/bin/python3"
    args    = ["-c", "print(sum(all(n % d for d in range(2, int(n**0.5) + 1)) for n in range(2, 200000)))"]
  }

  resources {
    cpu    = 8000
    memory = 1024
  }
}

service "backup" {
  description = "Packs the machine's /etc every night, reads the archive back and keeps seven"
  type        = "batch"
  tier        = "server"
  priority    = 70
  on_demand   = false # what is on anyway will do

  driver "raw_exec" {
    command = "/bin/sh"
    args    = ["local/backup.sh"]
  }

  resources {
    cpu    = 200
    memory = 64
  }

  job {
    periodic {
      crons            = ["30 3 * * *"]
      time_zone        = "Europe/Amsterdam"
      prohibit_overlap = true
    }
  }

  task "backup" {
    template {
      destination = "local/backup.sh"
      perms       = "755"
      data        = <<-SH
        set -eu
        keep=/var/tmp/simulacra-backup
        mkdir -p "$keep" && chmod 700 "$keep"
        new="$keep/etc-$(date +%Y%m%d-%H%M%S).tar.gz"
        tar -C / -czf "$new.part" etc
        tar -tzf "$new.part" >/dev/null
        mv "$new.part" "$new"
        ls -1t "$keep"/etc-*.tar.gz | tail -n +8 | xargs -r rm --
        ls -l "$new"
        SH
    }
  }
}

service "checksum" {
  description = "Hashes what is handed to it: nomad job dispatch checksum FILE"
  type        = "batch"

  driver "raw_exec" {
    command = "/usr/bin/sha256sum"
    args    = ["local/input"]
  }

  resources {
    cpu    = 50
    memory = 32
  }

  job {
    parameterized {
      payload = "required"
    }
  }

  task "checksum" {
    dispatch_payload {
      file = "input"
    }
  }
}

service "vitals" {
  description = "Load, memory and uptime of every machine, as Prometheus reads them"
  type        = "system"

  driver "raw_exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/vitals.py"]
  }

  resources {
    cpu    = 50
    memory = 48
  }

  port "metrics" {
    check {
      type = "http"
      path = "/metrics"
    }
  }

  task "vitals" {
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

service "sweep" {
  description = "Says once on every machine how full its disks are"
  type        = "sysbatch"

  driver "raw_exec" {
    command = "/bin/df"
    args    = ["-h", "-x", "tmpfs", "-x", "devtmpfs"]
  }

  resources {
    cpu    = 50
    memory = 32
  }
}
