grid "data" {
  timezone = var.timezone # ! must be plain data, not
}

zone "attic" {
  description = "in the ${upper("attic")}" # ! must be plain data, not
}

tier "server" {
  rank = 10 + 20 # ! must be plain data, not
}

machine "tower" {
  zone        = true ? "attic" : "cellar" # ! must be plain data, not
  description = upper("tower")            # ! must be plain data, not
}

machine "desk" {
  zone         = attic  # ! must be plain data, not a variable (text stands in quotes: "attic")
  never_sleeps = True   # ! must be plain data, not a variable (text stands in quotes: "True")
  tier         = var.of # ! must be plain data, not a variable; it takes
}

machine "nas" {
  zone  = "attic"
  after = [for m in ["tower"] : m] # ! must be plain data, not
}

description = "outside" # ! stands outside of any block
