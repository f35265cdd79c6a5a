variable "tag" { default = "1" }
locals { image = "nginx:${var.tag}" }
job "one-liners" {
  type = "service"
  meta { owner = "me" }
  ui { description = "Everything that fits on one line" }
  constraint { distinct_hosts = true }
  update { max_parallel = 1 }
  group "a" { count = 1 }
  group "b" {}
  group "c" { }
  group "d" {
    ephemeral_disk { size = 300 }
    task "t" { driver = "raw_exec" }
  }
}
