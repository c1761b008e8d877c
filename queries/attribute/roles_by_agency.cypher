/*
purpose = "Roles by agency in a pile-on: how many accounts of each agency played which role. Raw counts: large agencies have more accounts."
order = ["agency_id", "role"]

[params]
pileon = { type = "string", meaning = "id of the pile-on" }
limit = { type = "integer", default = 10000, low = 1, high = 1000000, meaning = "most rows" }

[columns]
agency_id = { type = "string", meaning = "agency at the time of the act; null: none known" }
role = { type = "string", meaning = "primary role" }
accounts = { type = "integer", meaning = "accounts" }
acts = { type = "integer", meaning = "their acts in the pile-on" }
hostile = { type = "integer", meaning = "hostile ones among them" }
first_at = { type = "time", meaning = "the first act of them all" }
*/
MATCH (:PileOn {pileon_id: $pileon})<-[m:MEMBER_OF]-(:Account)
RETURN m.agency_id AS agency_id, m.role AS role, count(m) AS accounts, sum(m.interactions) AS acts, sum(m.hostile) AS hostile,
  min(m.first_at) AS first_at
ORDER BY agency_id, role
LIMIT $limit
