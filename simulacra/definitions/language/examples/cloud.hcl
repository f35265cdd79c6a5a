cloud "burst" {
  provider       = "EC2"
  region         = "eu-west-1"
  zone           = "hosting"
  tier           = "server"
  sizes          = ["t3.small", "t3.medium"]
  image          = "ami-03cf127a"
  max            = 3
  monthly_budget = 20
  billed_by      = "1m"
  peers          = ["tls://home.example.org:9001"]
  options        = { keyname = "me", subnet = "subnet-1a2b3c4d" }

  size "t3.medium" {
    cpu_mhz = 5000
  }

  credentials {
    key    = "AWS_ACCESS_KEY_ID"
    secret = "AWS_SECRET_ACCESS_KEY"
  }
}

cloud "club" {
  provider = "OPENSTACK"
  zone     = "hosting"
  tier     = "server"
  sizes    = ["m1.small"]
  image    = "7a3f2b1c-debian-13"
  currency = "EUR"
  account  = { tenant_name = "club", domain_name = "Default" }

  size "m1.small" {
    price = 0.01
  }

  endpoint {
    host = "openstack.example.org"
    port = 5000
  }
}
