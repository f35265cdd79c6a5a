{ "job": {} } # ! is JSON: write the jobspec as HCL
