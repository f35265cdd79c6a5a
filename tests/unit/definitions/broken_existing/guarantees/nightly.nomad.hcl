job "nightly" {
  type = "batch"

  group "nightly" {}
}
