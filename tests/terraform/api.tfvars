# An API that takes tokens: test_api.py reads the dev deployment with it.
api = {
  auth                 = { type = "jwt", issuer = "https://tokens.example.com", audience = ["reports"] }
  result_reuse_minutes = 5
}
