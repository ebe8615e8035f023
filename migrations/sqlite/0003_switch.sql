-- Numbers of messages to banks' hosts: how many of a day a channel has taken. A number is
-- never given back, so it is never used twice.
create table switch_counter(
  channel text not null, day integer not null, taken integer not null check (taken >= 0),
  primary key (channel, day)
) strict, without rowid;
