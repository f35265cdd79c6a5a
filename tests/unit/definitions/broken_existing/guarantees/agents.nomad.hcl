job "agents" {
  type = "system"

  group "agents" {}
}
