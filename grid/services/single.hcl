# One of each, wherever there is room.

service "front-door" {
  description = "One address for the landing pages: passes each request on to one that answers"
  zones       = ["hosting"]

  link "How services find each other" {
    url = "https://developer.hashicorp.com/nomad/docs/networking/service-discovery"
  }

  driver "exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/front_door.py"]
  }

  resources {
    cpu    = 100
    memory = 96
  }

  port "http" {
    static = 8080

    check {
      type = "tcp"
    }
  }

  task "front-door" {
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

service "primes" {
  description = "Answers whether a number is prime; one source file, run by the Java launcher (a JDK)"
  tier        = "server"
  run_twice   = true

  driver "java" {
    class       = "local/Primes.java"
    jvm_options = ["-Xmx64m"]
  }

  resources {
    cpu    = 200
    memory = 512
  }

  port "http" {
    check {
      type     = "http"
      path     = "/97"
      interval = "10s"
      timeout  = "3s"
    }
  }

  task "primes" {
    template {
      destination = "local/Primes.java"
      data        = <<-JAVA
        import com.sun.net.httpserver.HttpServer;
        import java.math.BigInteger;
        import java.net.InetSocketAddress;

        public class Primes {
            public static void main(String[] none) throws Exception {
                var at = new InetSocketAddress(System.getenv("NOMAD_HOST_IP_http"), Integer.parseInt(System.getenv("NOMAD_PORT_http")));
                var server = HttpServer.create(at, 0);
                server.createContext("/", call -> {
                    byte[] text;
                    int status = 200;
                    try {
                        var number = new BigInteger(call.getRequestURI().getPath().substring(1));
                        text = (number.isProbablePrime(50) ? "prime\n" : "not prime\n").getBytes();
                    } catch (NumberFormatException wrong) {
                        text = "ask for /97\n".getBytes();
                        status = 400;
                    }
                    call.sendResponseHeaders(status, text.length);
                    call.getResponseBody().write(text);
                    call.close();
                });
                server.start();
            }
        }
        JAVA
    }
  }
}

service "notes" {
  description = "A text file with a web form: it must never be in two places, or notes would be lost"
  tier        = "laptop"
  moves       = "quiet_hours"

  driver "exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/notes.py"]
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
    ephemeral_disk {
      size    = 500
      migrate = true # the notes move along when the service does
      sticky  = true
    }

    # instead of simulacra's: the cut-off side stops its own after a minute, only then the other side starts one
    disconnect {
      stop_on_client_after = "1m"
    }
  }

  task "notes" {
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

service "jenkins" {
  description = "Builds things; comes online once the grid can carry it"
  tier        = "hypervisor" # this tier or a higher one
  moves       = "never"

  link "Handbook" {
    url = "https://www.jenkins.io/doc/book/"
  }

  needs {
    machines  = 3
    memory_mb = 32768
  }

  driver "docker" {
    image = "jenkins/jenkins:lts"
    ports = ["http"]
  }

  resources {
    cpu    = 2000
    memory = 2048
  }

  port "http" {
    to = 8080

    check {
      type = "http"
      path = "/login"
    }
  }

  group {
    ephemeral_disk {
      size   = 500
      sticky = true
    }
  }
}
