grid "test" {}
zone "attic" {}
zone "office" {}
machine "nas" {
  zone = "attic"
}
machine "desk" {
  zone = "office"
}
