/*
purpose = "What the system knew of a target at a time: acts that had been collected by then, those that were collected later, alerts, pile-ons."
order = ["what"]

[params]
target = { type = "account", meaning = "account acted upon" }
at = { type = "time", meaning = "the time" }
hostile_at = { type = "number", default = 0.5, low = 0.0, high = 1.0, meaning = "hostility from which an act counts as hostile" }

[columns]
what = { type = "string", meaning = "accounts_known, acts_collected_later, acts_known, alerts_given, hostile_known, pileons_begun (seen in hindsight)" }
number = { type = "integer", meaning = "how many; an act without a time of collection counts as known when it happened" }
first_at = { type = "time", meaning = "the first of them" }
last_at = { type = "time", meaning = "the last of them" }
*/
CALL {
  MATCH (:Account {account_id: $target})<-[:TARGETS]-(i:Interaction)
  WHERE i.at <= $at AND coalesce(i.observed_at, i.at) <= $at
  WITH count(i) AS number, min(i.at) AS first_at, max(i.at) AS last_at
  RETURN 'acts_known' AS what, number, first_at, last_at
  UNION ALL
  MATCH (:Account {account_id: $target})<-[:TARGETS]-(i:Interaction)
  WHERE i.at <= $at AND coalesce(i.observed_at, i.at) <= $at AND i.hostility >= $hostile_at
  WITH count(i) AS number, min(i.at) AS first_at, max(i.at) AS last_at
  RETURN 'hostile_known' AS what, number, first_at, last_at
  UNION ALL
  MATCH (:Account {account_id: $target})<-[:TARGETS]-(i:Interaction)<-[:POSTED]-(a:Account)
  WHERE i.at <= $at AND coalesce(i.observed_at, i.at) <= $at
  WITH count(DISTINCT a) AS number, min(i.at) AS first_at, max(i.at) AS last_at
  RETURN 'accounts_known' AS what, number, first_at, last_at
  UNION ALL
  MATCH (:Account {account_id: $target})<-[:TARGETS]-(i:Interaction)
  WHERE i.at <= $at AND $at < i.observed_at
  WITH count(i) AS number, min(i.at) AS first_at, max(i.at) AS last_at
  RETURN 'acts_collected_later' AS what, number, first_at, last_at
  UNION ALL
  MATCH (:Account {account_id: $target})<-[:TARGETS]-(w:Alert)
  WHERE w.at <= $at
  WITH count(w) AS number, min(w.at) AS first_at, max(w.at) AS last_at
  RETURN 'alerts_given' AS what, number, first_at, last_at
  UNION ALL
  MATCH (:Account {account_id: $target})<-[:TARGETS]-(p:PileOn)
  WHERE p.onset <= $at
  WITH count(p) AS number, min(p.onset) AS first_at, max(p.onset) AS last_at
  RETURN 'pileons_begun' AS what, number, first_at, last_at
}
RETURN what, number, first_at, last_at
ORDER BY what
