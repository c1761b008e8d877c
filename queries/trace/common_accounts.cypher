/*
purpose = "Accounts common to two pile-ons, with role, agency and first act in each."
order = ["account_id"]

[params]
first = { type = "string", meaning = "id of a pile-on" }
second = { type = "string", meaning = "id of another one" }
limit = { type = "integer", default = 10000, low = 1, high = 1000000, meaning = "most rows" }

[columns]
account_id = { type = "account", meaning = "account in both" }
first_role = { type = "string", meaning = "its primary role in the first" }
second_role = { type = "string", meaning = "its primary role in the second" }
first_hostile = { type = "integer", meaning = "its hostile acts in the first" }
second_hostile = { type = "integer", meaning = "its hostile acts in the second" }
first_at = { type = "time", meaning = "its first act in the first" }
second_at = { type = "time", meaning = "its first act in the second" }
first_agency = { type = "string", meaning = "its agency at the time of the first" }
second_agency = { type = "string", meaning = "its agency at the time of the second" }

[graph]
links = ["account_id MEMBER_OF first", "account_id MEMBER_OF second"]
roles = { account_id = "first_role" }
agencies = { account_id = "first_agency" }
*/
MATCH (:PileOn {pileon_id: $first})<-[m:MEMBER_OF]-(a:Account)-[n:MEMBER_OF]->(:PileOn {pileon_id: $second})
RETURN a.account_id AS account_id, m.role AS first_role, n.role AS second_role, m.hostile AS first_hostile, n.hostile AS second_hostile,
  m.first_at AS first_at, n.first_at AS second_at, m.agency_id AS first_agency, n.agency_id AS second_agency
ORDER BY account_id
LIMIT $limit
