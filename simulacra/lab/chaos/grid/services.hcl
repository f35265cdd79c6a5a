# One instance in each zone, whatever happens: it leaves marks, and answers.

service "beacon" {
  zones = "each"

  driver "raw_exec" {
    command = "python3"
    args    = ["-m", "simulacra.lab.chaos.unit"]
  }

  resources {
    cpu    = 50
    memory = 64
  }

  port "http" {}
}
