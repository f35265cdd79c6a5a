# Written on Windows
job "crlf" {
  datacenters = ["home"]
  meta {
    saved = "with Notepad"
  }

  group "web" {
    count = 1
    network {
      port "http" {}
    }
    task "web" {
      driver = "raw_exec"
      config {
        command = "C:\\www\\serve.exe"
        args    = ["--port", "${NOMAD_PORT_http}"]
      }
      template {
        destination = "local/web.conf"
        data        = <<EOF
[group]
  count = 1
}
EOF
      }
      template {
        destination = "local/more.conf"
        data        = <<-EOF
          [more]
          EOF
      }
      /* over
         two lines */
      env {
        A = "b" // c
      }
    }
  }

  group "other" { # one more
    task "t" {
      driver = "raw_exec"
      config { command = "x" }
    }
  }
}
