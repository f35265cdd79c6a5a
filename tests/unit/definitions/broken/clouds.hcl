grid "clouds" {}

zone "hosting" {}

tier "server" {
  rank = 20
}

machine "burst-t3-small-2" { # ! is called as a server of size "t3.small" of cloud "burst"
  zone = "hosting"
}

machine "burst-t3-small-9" {
  zone = "hosting"
}

cloud "burst" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "hosting"
  tier     = "server"
  sizes    = ["t3.small", "t3.large"]
  image    = "ami-1"
  max      = 3
}

cloud "Burst.t3" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "hosting"
  tier     = "server"
  sizes    = ["small"] # ! servers of size "small" would be called burst-t3-small-1 and so on, as those of "t3.small" of cloud "burst" are
  image    = "ami-1"
}

cloud "misspelled" {
  provider = "ec3" # ! Did you mean 'EC2'?
  zone     = "hosting"
  tier     = "server"
  sizes    = ["a"]
  image    = "ami-1"
}

cloud "named" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "hosting"
  tier     = "server"
  sizes    = ["…"] # ! no node can be called by the size
  image    = "ami-1"
}

cloud "a-long-name-for-a-cloud-that-somebody-has-thought-out-once" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "hosting"
  tier     = "server"
  sizes    = ["t3.small"] # ! 69 letters long, and 63 are allowed
  image    = "ami-1"
}

cloud "dear" {
  provider       = "EC2"
  region         = "eu-west-1"
  zone           = "hosting"
  tier           = "server"
  sizes          = ["t3.small", "t3.large"]
  image          = "ami-1"
  currency       = "EUR"
  monthly_budget = 10 # ! EC2 tells prices in USD; add `size "t3.large" { price = … }`

  size "t3.small" {
    price = 0.02
  }
}

cloud "own" {
  provider       = "OPENSTACK"
  zone           = "hosting"
  tier           = "server"
  sizes          = ["m1.small", "m1.large"]
  image          = "debian"
  account        = { tenant_name = "club", domain_name = "Default" }
  monthly_budget = 10 # ! its provider tells no prices; add `size "m1.small" { price = … }`, and so for 1 more

  endpoint {
    host = "openstack.example.org"
  }
}

cloud "free" {
  provider       = "OPENSTACK"
  zone           = "hosting"
  tier           = "server"
  sizes          = ["m1.small"]
  image          = "debian"
  account        = { tenant_name = "club", domain_name = "Default" }
  monthly_budget = 0

  endpoint {
    host = "openstack.example.org"
  }
}

cloud "said" {
  provider = "EC2"
  region   = "eu-west-1"
  zone     = "hosting"
  tier     = "server"
  sizes    = ["t3.small"]
  image    = "ami-1"

  size "t3.smal" { # ! Did you mean 't3.small'?
    price = 1
  }
}

cloud "kept" {
  provider  = "EC2"
  region    = "eu-west-1"
  zone      = "hosting"
  tier      = "server"
  sizes     = ["t3.micro"]
  image     = "ami-1"
  billed_by = "0s"            # ! out of range
  options   = { ebs = true }  # ! takes a string, not true
  peers     = ["example.org"] # ! isn't an address of yggdrasil's
  currency  = "euro"          # ! isn't a currency's code

  size "t3.micro" {
    price = -1 # ! out of range
  }

  endpoint {
    host = "http://example.org" # ! isn't a host's name or address
    port = 0 # ! out of range
  }

  credentials {
    key    = "AKIAIOSFODNN7EXAMPLE" # ! looks like a key itself
    secret = "wJalrXUtnFEMI/K7MDENG" # ! put the credential into that variable, not here
  }
}

cloud "hetzner" {
  provider = "HETZNER" # ! isn't one of "DIGITAL_OCEAN", "EC2", "LINODE", "OPENSTACK", from which servers can be rented
  zone     = "hosting"
  tier     = "server"
  sizes    = ["cx22"]
  image    = "debian-12"
  max      = 1
}

cloud "vultr" {
  provider = "VULTR" # ! isn't one of "DIGITAL_OCEAN", "EC2", "LINODE", "OPENSTACK", from which servers can be rented
  zone     = "hosting"
  tier     = "server"
  sizes    = ["vc2"]
  image    = "1"
  max      = 1
}

cloud "nowhere" { # ! lacks `region`: EC2 needs one
  provider = "EC2"
  zone     = "hosting"
  tier     = "server"
  sizes    = ["t3.nano"]
  image    = "ami-1"
}

cloud "placeless" { # ! lacks an `endpoint` block: OPENSTACK has no place of its own
  provider = "OPENSTACK"
  zone     = "hosting"
  tier     = "server"
  sizes    = ["m1.small"]
  image    = "debian"
  account  = { tenant_name = "club" } # ! lacks `account = { domain_name = … }`
}

cloud "droplets" {
  provider = "DIGITAL_OCEAN"
  region   = "ams3"
  zone     = "hosting"
  tier     = "server"
  sizes    = ["s-1vcpu-1gb"]
  image    = "debian-12-x64"
  account  = { tenant_name = "club" } # ! DIGITAL_OCEAN knows no `tenant_name` of an account; it takes none

  credentials {
    secret = "DIGITALOCEAN_SECRET" # ! DIGITAL_OCEAN takes no `secret`: leave it out of `credentials`
  }
}
