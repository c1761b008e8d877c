/*
purpose = "Accounts that were hostile in several pile-ons, and whom these were on. Taking part often is a reason to look, not a verdict."
order = ["pileons desc", "hostile desc", "account_id"]

[params]
min_pileons = { type = "integer", default = 2, low = 1, meaning = "least pile-ons" }
nature = { type = "string", default = "attack", choices = ["attack", "criticism", "attention"], meaning = "nature of the pile-ons that count" }
limit = { type = "integer", default = 100, low = 1, high = 100000, meaning = "most rows" }

[columns]
account_id = { type = "account", meaning = "account" }
pileons = { type = "integer", meaning = "pile-ons in which it was hostile" }
targets = { type = "accounts", meaning = "accounts that these were on, by name" }
hostile = { type = "integer", meaning = "its hostile acts in them" }
first_onset = { type = "time", meaning = "onset of the first of them" }
last_onset = { type = "time", meaning = "onset of the last of them" }
agencies = { type = "strings", meaning = "agencies that it was signed with at those times, by name" }

[graph]
links = ["account_id HOSTILE_TO targets", "account_id SIGNED_WITH agencies"]
*/
MATCH (a:Account)-[m:MEMBER_OF]->(p:PileOn {nature: $nature})
WHERE m.hostile > 0
WITH a, count(p) AS pileons, sum(m.hostile) AS hostile, min(p.onset) AS first_onset, max(p.onset) AS last_onset
WHERE pileons >= $min_pileons
ORDER BY pileons DESC, hostile DESC, a.account_id
LIMIT $limit
MATCH (a)-[m:MEMBER_OF]->(p:PileOn {nature: $nature})
WHERE m.hostile > 0
OPTIONAL MATCH (p)-[:TARGETS]->(t:Account)
WITH a, pileons, hostile, first_onset, last_onset, m, t
ORDER BY t.account_id
WITH a, pileons, hostile, first_onset, last_onset, collect(DISTINCT t.account_id) AS targets, collect(DISTINCT m.agency_id) AS signed
CALL {
  WITH signed
  UNWIND signed AS agency
  WITH agency ORDER BY agency
  RETURN collect(agency) AS agencies
}
RETURN a.account_id AS account_id, pileons, targets, hostile, first_onset, last_onset, agencies
ORDER BY pileons DESC, hostile DESC, account_id
LIMIT $limit
