domain          = "house.example"
grafana_version = "11.3.1"
