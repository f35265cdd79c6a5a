// Dispatched for each film:  nomad job dispatch -meta profile=h265 transcode film.json
job "transcode" {
  datacenters = ["home"]
  type        = "batch"

  parameterized {
    payload       = "required"
    meta_required = ["input"]
    meta_optional = ["profile"]
  }

  meta {
    profile = "h264"
  }

  group "transcode" {
    count = 1

    ephemeral_disk {
      size = 20000
    }

    task "transcode" {
      driver = "exec"

      config {
        command = "transcode.sh"
        args    = ["${NOMAD_META_INPUT}", "${NOMAD_META_PROFILE}", "${NOMAD_TASK_DIR}/job.json"]
      }

      dispatch_payload {
        file = "job.json"
      }

      artifact {
        source      = "git::https://git.example.org/house/transcode.git"
        destination = "local/"
        chown       = true
        options {
          ref   = "main"
          depth = 1
        }
        headers {
          User-Agent    = "nomad-[${NOMAD_JOB_ID}]-[${NOMAD_GROUP_NAME}]"
          X-Nomad-Alloc = "${NOMAD_ALLOC_ID}"
        }
      }

      resources {
        cpu    = 2000
        memory = 1024
      }
    }
  }
}
