# Asks for devices by their names, as docs/peripherals.md has it, and writes down how that went.

service "visitor" {
  zones     = ["hosting"]
  run_twice = true

  driver "raw_exec" {
    command = "/usr/bin/python3"
    args    = ["-u", "local/visit.py"]
  }

  resources {
    cpu    = 100
    memory = 64
  }

  task "visitor" {
    template {
      destination = "local/devices"
      change_mode = "noop"
      data        = <<-LIST
        {{- range $name := "printer lamp-web" | split " " }}
        {{- range nomadService $name }}
        {{ $name }} {{ .Address }} {{ .Port }}
        {{- end }}{{ end }}
        LIST

      wait {
        min = "0s"
        max = "1s"
      }
    }

    # each is asked four times a second, at one of its addresses after the other until one answers
    template {
      destination = "local/visit.py"
      data        = <<-PYTHON
        import json, os, threading, time, urllib.request

        visits = open(os.path.join(os.environ["NOMAD_ALLOC_DIR"], "data", "visits.jsonl"), "a", buffering=1)
        get = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

        def listed():
            found = {}
            with open("local/devices") as lines:
                for name, address, port in filter(None, map(str.split, lines)):
                    found.setdefault(name, []).append((address, port))
            return found

        def ask(name, places):
            began, why = time.time(), "nobody serves it"
            for address, port in places:
                try:
                    with get(f"http://[{address}]:{port}/", timeout=2) as answer:
                        why = "" if answer.read().startswith(b"hello from ") else "another answer"
                except OSError as problem:
                    why = str(problem) or repr(problem)
                if not why:
                    break
            visits.write(json.dumps({"at": began, "device": name, "why": why}) + "\n")

        known = {}
        while True:
            known.update(listed())  # one that is listed nowhere just now is still served where it was: for 8 s
            for name, places in known.items():
                threading.Thread(target=ask, args=(name, places), daemon=True).start()
            time.sleep(0.25)
        PYTHON
    }
  }
}
