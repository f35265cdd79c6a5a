# Rendered by simulacra: grid "example", service "primes", from grid/services/single.hcl:77
# Change it there, not here. Run it: simulacra run primes
#                 or: nomad job run -preserve-counts primes.nomad.hcl

job "primes" {
  type = "service"

  ui {
    description = "Answers whether a number is prime; one source file, run by the Java launcher (a JDK)"
  }

  meta {
    simulacra_grid       = "example"
    simulacra_definition = "service.primes"
  }

  # machines of tier "server" or a higher one
  constraint {
    attribute = "${meta.simulacra_rank}"
    operator  = ">="
    value     = "30"
  }

  group "primes" {
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
      name     = "primes"
      port     = "http"
      provider = "nomad"
      tags     = ["zone=${meta.simulacra_zone}"] # a client takes that of its own zone

      check {
        type     = "http"
        path     = "/97"
        interval = "10s"
        timeout  = "3s"
      }
    }

    task "primes" {
      driver = "java"

      config {
        class       = "local/Primes.java"
        jvm_options = ["-Xmx64m"]
      }

      resources {
        cpu    = 200
        memory = 512
      }

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
}
