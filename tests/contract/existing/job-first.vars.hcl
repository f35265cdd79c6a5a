datacenters = ["home"]
priority    = 70
redis       = { tag = "7-alpine" }
