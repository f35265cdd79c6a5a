job "heredocs" {
  datacenters = ["home"]
  meta {
    note = <<EOF
meta {
  simulacra_grid = "not this"
}
}
EOF
    indented = <<-EOF
      job "x" {
        meta {
      EOF
    after = "yes"
  }
  group "g" {
    task "t" {
      driver = "docker"
      config {
        image = "nginx:1.27"
        args = [<<ONE
one }
ONE
          , <<-TWO
            two {
            TWO
        , "three"]
        entrypoint = ["sh", "-c", trimspace(<<EOT
echo "group \"y\" {" ; # not escapes in a heredoc
%{ for word in ["a", "b"] ~}
echo ${word} %{ if word == "a" }first%{ else }last%{ endif }
%{ endfor ~}
echo $${HOME} %%{percent} $HOME $(pwd) `date`
EOT
        )]
      }
      template {
        destination = "local/nested.nomad.hcl"
        data = <<EOF
job "nested" {
  group "x" {
    count = 1
    task "y" {
      template {
        data = <<-INNER
          group "z" {
          INNER
      }
    }
  }
}
EOFX
X EOF
  EOF
      }
      template {
        destination = "local/Caddyfile"
        data = <<-CADDY
:{$PORT} {
  root * /srv
    file_server {
      browse
    }
  }
        CADDY
      }
      env {
        EMPTY = <<EOF
EOF
        BLANK = <<-EOF

        EOF
      }
      template {
        destination = "local/odd.txt"
        data = <<_end-1
"unbalanced
'quotes' /* no comment
# nor this // nor that
_end-1
      }
    }
  }
  group "after" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "true"
      }
    }
  }
}
