job "values" {
  group "values" {}
}
