job "two" {
  group "a" {}
  group "b" {}
}
