job "many" {
  group "many" {}
}
