#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Statistics: sessions, durations, countries, peaks, bytes; with one worker
# and with several, over reload, upgrade, crash and restart; in their file, as
# JSON and as Prometheus text.  Nothing else is in any of them.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

use JSON::PP ();
use POSIX qw/ strftime /;

###############################################################################

my $t = Test::Secmeet->new()->allow(qr/exited on signal 9/)->plan();
my $dir = $t->testdir();
my $book = "$dir/stats/secmeet.json";

mkdir "$dir/$_" for qw/ stats closed /;
chown scalar(getpwnam 'www-data'), -1, "$dir/stats" if $> == 0;

my @canaries = ('canary-name', 'canary-chat', '192.0.2.77', '127.0.0.1',
	'canary-country');

for my $n (1, 2, 4) {
	unlink $book;
	configure(workers => $n);
	$t->run();

	subtest("$n workers: $_->[0]" => $_->[1], $n) for (
		[ 'nothing yet' => \&nothing ],
		[ 'a meeting' => \&meeting ],
		[ 'reload' => \&reload ],
		[ 'a worker dies' => \&crash ],
		[ 'the file' => \&file ],
		[ 'restart' => \&restart ],
	);

	$t->stop();
}

subtest('upgrade' => \&upgrade);
subtest('without a file' => \&memory);
subtest('another file' => \&another);
subtest('a lock of another' => \&locked);
subtest('a damaged file' => \&damaged);
subtest('a folder that is closed' => \&closed);
subtest('country_min' => \&country_min);
subtest('configuration' => \&configuration);

SKIP: {
	skip 'no build/peer/peer', 1 unless Test::Secmeet::Peer::available();
	subtest('bytes' => \&bytes);
}

###############################################################################

sub nothing {
	my $json = $t->get('/status')->{json};

	is(join(' ', sort keys %$json),
		'counters peers rooms stats workers', 'fields');
	is(join(' ', sort keys %{$json->{stats}}), 'days since total',
		'fields of the statistics');
	is_deeply($json->{stats}{total}, {
		sessions => 0, participants => 0, forwarded_bytes => 0,
		session_seconds => 0, peak_rooms => 0, peak_participants => 0,
		countries => { other => 0 }, session_durations => {
			map { $_ => 0 } qw/ 1m 5m 15m 30m 1h 2h 4h 8h more /
		},
	}, 'all is zero');
	prometheus();
}

sub meeting {
	my ($n) = @_;

	my ($tag) = $t->create_room();
	my @members = map { member($tag, $_) } ('FR') x 4, ('DE') x 5, 'de',
		'192.0.2.77', 'canary-country', undef;

	push @canaries, $tag;

	my %workers = map { $t->worker_of($_) => 1 } @members;

	is(keys %workers > 1, $n > 1, 'workers that have the WebSockets');

	my $total = total();

	is($total->{sessions}, 1, 'one session');
	is($total->{participants}, 13, 'participants');
	is($total->{peak_rooms}, 1, 'a room');
	is($total->{peak_participants}, 13, 'that many at a time');
	is_deeply($total->{countries}, { DE => 5, other => 8 },
		'five of a country are known, four are not');
	is_deeply(today()->{countries}, { DE => 5, other => 8 }, 'today');

	# who comes back is no other

	my $lost = pop @members;

	$lost->disconnect();
	($lost) = member($tag, 'FR', resume => $lost->{ticket});
	is($lost->{joined}{resumed}, JSON::PP::true, 'somebody is back');
	is(total()->{participants}, 13, 'and is counted once');
	is(total()->{countries}{other}, 8, 'also by country');

	my $fresh = member($tag, 'FR', resume => $lost->{joined}{resume},
		fresh => JSON::PP::true);

	is($fresh->{joined}{type}, 'joined', 'comes back as new');
	is(total()->{participants}, 13, 'and is counted once');

	# the fifth one, who may come later

	push @members, $fresh, member($tag, 'FR');
	is_deeply(total()->{countries}, { DE => 5, FR => 5, other => 4 },
		'the fifth makes them known');
	push @members, member($tag, 'FR');
	is_deeply(total()->{countries}, { DE => 5, FR => 6, other => 4 },
		'and each one more');

	# who is not let in, and a room without anybody

	$t->ws(Test::Secmeet::tag(), headers => { 'X-Country' => 'DE' })
		->join();
	my ($empty, $token) = $t->create_room();

	is(total()->{participants}, 15, 'who is denied is none');
	is(total()->{sessions}, 1, 'nobody has come: no session');
	is(total()->{peak_rooms}, 2, 'but a room');
	$t->delete_room($empty, $token);

	$members[0]->send('send', data => 'canary-chat');
	$_->send('leave') for @members;

	ok(waitfor(sub { durations(total()) == 1 }), 'it has ended');
	is(total()->{session_durations}{'1m'}, 1, 'soon');
	cmp_ok(total()->{session_seconds}, '>=', 1, 'a second or more');
	is(total()->{peak_participants}, 15, 'the peak stays');
	is(total()->{peak_rooms}, 2, 'both of them');

	my $text = prometheus();

	like($text, qr/^secmeet_sessions_total 1$/m, 'Prometheus: sessions');
	like($text, qr/^secmeet_country_participants\{country="FR"\} 6$/m,
		'Prometheus: a country');
	like($text, qr/^secmeet_country_participants\{country="other"\} 4$/m,
		'Prometheus: others');
	like($text, qr/_seconds_bucket\{le="60"\} 1$/m, 'Prometheus: a bucket');
	like($text, qr/_seconds_bucket\{le="\+Inf"\} 1$/m,
		'Prometheus: the last bucket');
	like($text, qr/^secmeet_peak_participants 15$/m, 'Prometheus: a peak');
}

# counters and statistics outlive workers; a meeting goes on in an old one

sub reload {
	my ($n) = @_;

	junk(10);
	ok(waitfor(sub { counter('drop-unknown') == 10 }), 'dropped');

	my ($tag) = $t->create_room();
	my @members = map { member($tag, 'IT') } 1 .. 3;
	my $before = total();
	my %old = map { $_ => 1 } $t->workers();

	ok($t->reload(), 'reload');
	is_deeply(total(), $before, 'the same statistics');
	is(counter('drop-unknown'), 10, 'the same counters');

	push @members, map { member($tag, 'IT') } 1 .. 2;
	is(total()->{countries}{IT}, 5, 'people who join meanwhile');

	$_->send('leave') for @members;

	ok(waitfor(sub { !grep { $old{$_} } $t->workers(1) }),
		'the old workers have gone');
	is(durations(total()), 2, 'a session that ended in an old worker');
	is(counter('drop-unknown'), 10, 'the counters are still there');

	junk(5);
	ok(waitfor(sub { counter('drop-unknown') == 15 }), 'and more');
}

# nothing is lost but the last second of its packets

sub crash {
	my ($n) = @_;

	my ($tag) = $t->create_room();
	my @members = map { member($tag, 'ES') } 1 .. 4;
	my $dropped = counter('drop-unknown');

	junk(20);
	ok(waitfor(sub { counter('drop-unknown') == $dropped + 20 }), 'dropped');

	my $before = total();
	my @victims = $t->workers();

	kill 'KILL', @victims;
	ok(waitfor(sub { !grep { kill 0, $_ } @victims }), 'all are dead');
	ok(waitfor(sub { $t->workers() == $n }), 'and have successors');
	ok(waitfor(sub { ($t->get('/status')->{json}{workers} // 0) == $n }),
		'who answer');

	is_deeply(total(), $before, 'no statistics are lost');
	is(counter('drop-unknown'), $dropped + 20, 'no counter');

	# the meeting is opened again, by its own people

	my @back = map { member($tag, 'ES', resume => $_->{ticket}) } @members;

	is(grep({ $_->{joined}{type} eq 'joined' } @back), 4, 'all are back');
	is(total()->{participants}, $before->{participants}, 'none is new');
	is(total()->{sessions}, $before->{sessions}, 'nor is the session');

	push @back, member($tag, 'ES');
	is(total()->{countries}{ES}, 5, 'a fifth makes the country known');

	$_->send('leave') for @back;
	ok(waitfor(sub { durations(total()) == $before->{sessions} }),
		'it has ended');
}

sub file {
	my ($n) = @_;

	my ($tag) = $t->create_room();
	my $member = member($tag, 'PT');

	my $total = total();

	ok(waitfor(sub { ((saved() // {})->{total}{participants} // -1)
		== $total->{participants} }, 15), 'saved while nginx runs');

	$member->send('leave');
	ok(waitfor(sub { durations(total()) == $total->{sessions} }), 'ended');
	$total = total();

	my $counters = $t->get('/status')->{json}{counters};

	ok($t->stop(), 'stop');

	my $saved = saved();

	is_deeply($saved->{total}, $total, 'all is in the file');
	is_deeply($saved->{counters}, $counters, 'the counters too');
	is($saved->{since}, (sort keys %{$saved->{days}})[0], 'since');

	my @stat = stat $book;

	is(sprintf('%04o', $stat[2] & 07777), '0640', 'mode');
	is($stat[4], $> ? $> : scalar getpwnam('www-data'), 'owner');
	is(join(' ', map { s{.*/}{}r } glob "$dir/stats/*"), 'secmeet.json',
		'one file, and nothing beside it');

	my $text = $t->read_file('stats/secmeet.json');

	is(join("\n", grep { index($text, $_) >= 0 } @canaries), '',
		'nothing of meetings in it');
	unlike($text, qr/"PT"/, 'no country of one participant');

	# keys, numbers, days and countries

	my $rest = $text =~ s/"\d{4}-\d\d-\d\d"//gr =~ s/"[A-Z]{2}"//gr
		=~ s/\b\d+\b//gr;
	my %known = map { $_ => 1 } qw/ secmeet since total counters days
		sessions participants forwarded_bytes session_seconds
		session_durations peak_rooms peak_participants countries other
		1m 5m 15m 30m 1h 2h 4h 8h more /, keys %$counters;

	is(join(' ', grep { !$known{$_} } $rest =~ /"([^"]*)"/g), '',
		'no other name');
	like($rest =~ s/"[^"]*"//gr, qr/^[\s{}:,]*\z/, 'and nothing else');
}

sub restart {
	my ($n) = @_;

	my $saved = saved();

	$t->run();
	is_deeply(total(), $saved->{total}, 'the same statistics');
	is(counter('drop-unknown'), $saved->{counters}{'drop-unknown'},
		'the same counters');

	# who waited to be known is not known any more

	my ($tag) = $t->create_room();
	my @members = map { member($tag, $_) } ('PT') x 4, 'FR';

	is(total()->{countries}{PT}, undef, 'four, and one of before');
	is(total()->{countries}{FR}, $saved->{total}{countries}{FR} + 1,
		'who was known is counted on');
	is(total()->{participants}, $saved->{total}{participants} + 5, 'all');

	push @members, member($tag, 'PT');
	is(total()->{countries}{PT}, 5, 'five since then');

	prometheus();
	$_->send('leave') for @members;
}

###############################################################################

# both binaries write the same file

sub upgrade {
	unlink $book;
	configure(workers => 2);
	$t->run();

	my ($tag) = $t->create_room();
	my @members = map { member($tag, $_) } ('FR') x 5, ('DE') x 4;
	my $old = $t->pid();

	junk(10);
	ok(waitfor(sub { counter('drop-unknown') == 10 }), 'dropped');

	$t->signal('USR2');
	ok(waitfor(sub { -e "$dir/nginx.pid.oldbin" && $t->pid()
		&& $t->pid() != $old && $t->workers() == 2 }, 10), 'a new binary');
	kill 'QUIT', $old;
	ok(waitfor(sub { $t->error_log() =~ /gracefully shutting down/ }),
		'the old one leaves');

	# its meeting is still there; the room is in an old worker

	push @members, map { member($tag, 'FR') } 1 .. 2;

	ok(waitfor(sub { total()->{participants} == 11 }, 15),
		'all are counted, a little later');
	is_deeply(total()->{countries}, { FR => 7, other => 4 }, 'countries');

	my ($new) = $t->create_room();
	my @others = map { member($new, $_) } 'DE', 'FR';

	ok(waitfor(sub { total()->{participants} == 13 }, 15), 'in both');
	is_deeply(total()->{countries}, { FR => 8, other => 5 },
		'four of a country in one, one in the other: not known');

	$_->send('leave') for @members;
	ok(waitfor(sub { !kill 0, $old }, 10), 'the old binary has gone');

	is(durations(total()), 1, 'its session is counted');
	is(counter('drop-unknown'), 10, 'its counters are');

	$_->send('leave') for @others;
	ok(waitfor(sub { durations(total()) == 2 }), 'the other session as well');
	ok($t->stop(), 'stop');
	is(saved()->{total}{participants}, 13, 'saved');
	is(saved()->{total}{sessions}, 2, 'both sessions');
}

sub memory {
	unlink $book;
	configure(workers => 2, stats => '');
	$t->run();

	my ($tag) = $t->create_room();
	my @members = map { member($tag, $_) } ('FR') x 4, ('DE') x 5;

	junk(10);
	ok(waitfor(sub { counter('drop-unknown') == 10 }), 'dropped');
	is_deeply(total()->{countries}, { DE => 5, other => 4 }, 'countries');
	is_deeply(today()->{countries}, { DE => 5, other => 4 }, 'today');

	ok($t->reload(), 'reload');
	is(total()->{participants}, 9, 'they outlive a reload');
	is(counter('drop-unknown'), 10, 'counters as well');

	$_->send('leave') for @members;
	ok(waitfor(sub { durations(total()) == 1 }), 'ended');
	ok($t->stop(), 'stop');
	is(join(' ', glob "$dir/stats/*"), '', 'no file');

	$t->run();
	is(total()->{participants}, 0, 'but not a restart');
	$t->stop();
}

# after a reload: from then on, also where a meeting is in an old worker

sub another {
	configure(workers => 2);
	$t->run();

	my ($tag) = $t->create_room();
	my $member = member($tag, 'FR');

	ok(waitfor(sub { -e $book }, 15), 'the first file');

	my $text = $t->read_file('stats/secmeet.json');

	configure(workers => 2, stats => "$dir/stats/other.json");
	ok($t->reload(), 'reload');

	my $other = member($tag, 'FR');

	ok(waitfor(sub { -e "$dir/stats/other.json" }, 15), 'the other file');
	$_->send('leave') for $member, $other;
	ok(waitfor(sub { $t->workers(1) == 2 }), 'the old workers have gone');

	$t->stop();
	is($t->read_file('stats/secmeet.json'), $text, 'the first is as it was');

	my $json = JSON::PP->new->decode($t->read_file('stats/other.json'));

	is($json->{total}{participants}, 1, 'the other has who came later');
	is(durations($json->{total}), 1, 'and the end');
	unlink $book, "$dir/stats/other.json";
}

sub locked {
	configure(workers => 1);
	$t->run();

	open my $folder, '<', "$dir/stats" or die "stats: $!\n";
	flock $folder, 2 or die "flock: $!\n";

	my ($tag) = $t->create_room();
	my $member = member($tag, 'FR');

	waitfor(sub { -e $book }, 12);
	ok(!-e $book, 'nobody writes meanwhile');
	is(total()->{participants}, 1, 'it counts');

	close $folder;
	ok(waitfor(sub { -e $book }), 'and then at once');

	open $folder, '<', "$dir/stats" or die "stats: $!\n";
	flock $folder, 2 or die "flock: $!\n";

	$member->send('leave');
	waitfor(sub { durations(total()) == 1 });
	ok($t->stop(), 'nginx does not wait for it');
	like($t->error_log(), qr/secmeet: \S+ was locked for too long/,
		'but says so');
	is(saved()->{total}{participants}, 1, 'the file is what it was');
}

sub damaged {
	my $text = "{\n\"secmeet\": 1,\n\"since\": oops";

	$t->write_file('stats/secmeet.json', $text);
	configure(workers => 1);

	my ($status, $said) = $t->nginx('-t');

	is($status, 0, 'nginx -t is no reason to be down');
	like($said, qr/\[error\].*secmeet.json" is damaged at byte 2\d: mend it/,
		'but says so');

	my $log = length $t->error_log();

	$t->run();

	my ($tag) = $t->create_room();
	my $member = member($tag, 'FR');

	ok(waitfor(sub { substr($t->error_log(), $log)
		=~ /#\d+: secmeet: \S+ is damaged at byte 2\d and is left/ }, 15),
		'the worker says so');
	is(total()->{participants}, 1, 'it counts');
	is($t->read_file('stats/secmeet.json'), $text, 'the file is left');

	ok($t->reload(), 'reload');
	is($t->read_file('stats/secmeet.json'), $text, 'the file is left');
	is(total()->{participants}, 1, 'what was counted is there');

	rename $book, "$dir/stats/damaged.json";
	$member->send('leave');

	ok(waitfor(sub { -e $book && saved()->{total}{participants} == 1 }, 15),
		'and is saved when the file was moved away');
	is($t->read_file('stats/damaged.json'), $text, 'where it is left');

	$t->stop();
	is(saved()->{total}{sessions}, 1, 'all of it');
	unlink "$dir/stats/damaged.json";
}

# while nginx runs

sub closed {
	plan(skip_all => 'workers that are root write anywhere') if $> == 0
		&& !getpwnam 'www-data';

	unlink $book;
	configure(workers => 1);
	$t->run();

	my $log = length $t->error_log();
	my ($tag) = $t->create_room();

	rename "$dir/stats", "$dir/gone";

	my $member = member($tag, 'FR');

	ok(waitfor(sub { substr($t->error_log(), $log)
		=~ /secmeet: \S+ cannot be opened: see that the workers/ }, 15),
		'the log says what is wrong');
	is(total()->{participants}, 1, 'it counts');

	rename "$dir/gone", "$dir/stats";
	ok(waitfor(sub { -e $book }, 15), 'saved when it can be');
	ok(waitfor(sub { substr($t->error_log(), $log)
		=~ /secmeet: \S+ is written again/ }), 'the log says so');
	is(saved()->{total}{participants}, 1, 'all of it');

	# what somebody left who was killed

	$t->write_file('stats/secmeet.json.new', 'x' x 100000);
	$member->send('leave');
	$t->stop();
	is(saved()->{total}{sessions}, 1, 'a file that was not finished');
	ok(!-e "$book.new", 'is gone');
}

# a higher one hides what was shown before

sub country_min {
	unlink $book;
	configure(workers => 1, min => 2);
	$t->run();

	my ($tag) = $t->create_room();
	my @members = map { member($tag, $_) } 'FR', 'FR', 'DE';

	is_deeply(total()->{countries}, { FR => 2, other => 1 }, 'two');

	configure(workers => 1, min => 3);
	ok($t->reload(), 'reload');
	push @members, member($tag, 'DE');
	is_deeply(total()->{countries}, { other => 4 }, 'three');

	configure(workers => 1, min => 1);
	ok($t->reload(), 'reload');
	push @members, member($tag, 'IT');
	is(total()->{countries}{IT}, 1, 'one');

	# a country for some locations

	push @members, member(($t->create_room(base => '/other/'))[0], 'IT',
		base => '/other/');
	is(total()->{countries}{IT}, 1, 'not where it is off');

	$_->send('leave') for @members;
	$t->stop();
}

sub bytes {
	unlink $book;
	configure(workers => 2);
	$t->run();

	my $peer = Test::Secmeet::Peer->new();
	my ($tag) = $t->create_room();
	my @members = map { Test::Secmeet::Member->new($t, $peer) } 1 .. 2;

	$_->join($tag)->publish('audio') for @members;
	is(grep({ $_->connected(10) && $_->complete(1, 10) } @members), 2,
		'connected');

	$_->start('audio', rate => 50, size => 120, count => 50) for @members;
	is(grep({ $_->wait('done', timeout => 10) } @members), 2, 'sent');

	my $forwarded;

	ok(loop(sub { counter('forwarded') == 100 }, 5), 'forwarded');
	cmp_ok(total()->{forwarded_bytes}, '>=', 100 * 120, 'bytes');
	cmp_ok(total()->{forwarded_bytes}, '<', 100 * 220, 'and no more');
	like(prometheus(), qr/^secmeet_datagrams_total\{event="forwarded"\} 100$/m,
		'Prometheus: packets');

	$_->leave() for @members;
	$t->stop();
	cmp_ok(saved()->{total}{forwarded_bytes}, '>=', 100 * 120, 'saved');
}

###############################################################################

sub configuration {
	refused(stats => "$dir/none/x", qr/there is no folder "\S+none\/": make/);
	refused(stats => "$dir/stats/", qr/is no name of a file/);
	refused(stats => "$dir/stats", qr/workers cannot write|is no file/);
	refused(stats => "$dir/" . 'x' x 1000, qr/longer than 1000 characters/);
	refused(stats => '""', qr/needs a path, or "off"/);
	refused(stats => "off; secmeet_stats off", qr/is duplicate/);
	refused(min => 0, qr/value must be between 1 and 1000/);
	refused(min => 1001, qr/value must be between 1 and 1000/);
	refused(min => 'x', qr/invalid number/);
	refused(country => 'DE', qr/"DE" is the same for everybody: name a/);
	refused(country => '$nothing_of_this_name', qr/unknown "nothing_of/);
	refused(country => '$country; secmeet_country $country',
		qr/is duplicate/);
	refused(format => 'xml', qr/invalid value "xml": it is "json" or/);

	accepted(min => 1);
	accepted(min => 1000);
	accepted(country => 'off');
	accepted(format => 'json');
	accepted(stats => 'off');
	accepted(stats => 'stats/relative');

	SKIP: {
		skip 'root is needed', 5 if $>;

		refused(stats => "$dir/closed/x",
			qr/workers cannot write to "\S+closed\/": give .* "www-data"/);

		# by group, and by anybody

		chown -1, scalar(getgrnam 'www-data'), "$dir/closed";
		chmod 0770, "$dir/closed";
		accepted(stats => "$dir/closed/x");
		chmod 0757, "$dir/closed";
		refused(stats => "$dir/closed/x", qr/workers cannot write/);
		chown -1, 0, "$dir/closed";
		accepted(stats => "$dir/closed/x");

		$t->write_file('closed/y', '');
		chmod 0600, "$dir/closed/y";
		refused(stats => "$dir/closed/y", qr/workers\s+cannot read/);
	}
}

sub refused {
	my ($name, $value, $re) = @_;

	my ($status, $said) = $t->check_config(conf($name => $value));

	ok($status, "refused: $name " . substr $value, 0, 60);
	like($said, qr/\[emerg\].*$re/, 'in its words');
}

sub accepted {
	my ($name, $value) = @_;

	my ($status, $said) = $t->check_config(conf($name => $value));

	is($status, 0, "accepted: $name $value") or diag($said);
}

###############################################################################

sub total { return $t->get('/status')->{json}{stats}{total} }
sub counter { return $t->get('/status')->{json}{counters}{$_[0]} }

sub today {
	my $days = $t->get('/status')->{json}{stats}{days};

	# midnight may pass while the test runs

	return $days->{(sort keys %$days)[-1]};
}

sub durations {
	my ($record) = @_;

	my $n = 0;
	$n += $_ for values %{$record->{session_durations}};

	return $n;
}

sub saved {
	my $text = $t->read_file('stats/secmeet.json');
	return eval { JSON::PP->new->decode($text) };
}

sub junk {
	my ($n) = @_;

	my $socket = IO::Socket::INET->new(
		Proto => 'udp', PeerAddr => '127.0.0.1',
		PeerPort => $t->port(3478),
	);

	$socket->send('x' x 100) for 1 .. $n;
}

# a WebSocket that has joined: every other one by another worker, if there
# is one

my $last;

sub member {
	my ($tag, $country, %fields) = @_;

	my @base = $fields{base} ? (base => delete $fields{base}) : ();
	my ($ws, $worker);

	for (1 .. 50) {
		$ws = $t->ws($tag, @base, headers => {
			'X-Country' => $country, 'X-Address' => '192.0.2.77'
		});

		$worker = $t->worker_of($ws) // 0;

		last if !defined $last || $worker != $last || $t->workers() < 2;
		$ws->disconnect();
	}

	$last = $worker;

	$ws->{joined} = $ws->join(name => 'canary-name', %fields);
	$ws->{ticket} = $ws->{joined}{resume};

	return $ws;
}

###############################################################################

# the text exposition format, 0.0.4, to the letter; returns it

sub prometheus {
	my $r = $t->get('/metrics');
	my ($text, @faults, %help, %type, %seen, %family, $current) = $r->{body};

	my $name = qr/[a-zA-Z_:][a-zA-Z0-9_:]*/;
	my $label = qr/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"/;
	my $number = qr/[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN/i;

	is($r->{status}, 200, 'Prometheus');
	is($r->{headers}{'content-type'},
		'text/plain; version=0.0.4; charset=utf-8', 'its type');

	push @faults, 'no line feed at the end' unless $text =~ /\n\z/;

	for my $line (split /\n/, $text) {
		if ($line =~ /^# HELP ($name) \S.*$/) {
			push @faults, "twice: $line" if $help{$1}++;
			push @faults, "too late: $line" if $family{$1};
			$current = $1;

		} elsif ($line =~ /^# TYPE ($name) (counter|gauge|histogram)$/) {
			my ($of, $is) = ($1, $2);

			push @faults, "twice: $line" if $type{$of};
			push @faults, "not its place: $line" if $current ne $of;
			push @faults, "name: $line"
				if ($is eq 'counter') != ($of =~ /_total$/ ? 1 : 0);
			$type{$of} = $is;

		} elsif ($line =~ /^($name)(?:\{($label(?:,$label)*)\})? ($number)$/) {
			my ($metric, $labels, $value) = ($1, $2 // '', $3);
			my $of = $metric =~ s/_(?:bucket|sum|count)$//r;

			$of = $metric if ($type{$of} // '') ne 'histogram';

			push @faults, "not its place: $line" if $of ne $current;
			push @faults, "no type: $line" unless $type{$of};
			push @faults, "twice: $line" if $seen{"$metric $labels"}++;
			push @faults, "negative: $line" if $value =~ /^-/;
			push @{$family{$of}}, [ $metric, $labels, $value ];

		} else {
			push @faults, "no such line: $line";
		}
	}

	for my $of (grep { $type{$_} eq 'histogram' } keys %type) {
		my @buckets = grep { $_->[0] eq "${of}_bucket" } @{$family{$of}};
		my @le = map { $_->[1] =~ /^le="([^"]+)"$/ ? $1 : 'none' } @buckets;
		my ($count) = grep { $_->[0] eq "${of}_count" } @{$family{$of}};
		my ($sum) = grep { $_->[0] eq "${of}_sum" } @{$family{$of}};

		push @faults, "$of: bounds" if $le[-1] ne '+Inf'
			|| grep { !($le[$_ - 1] < $le[$_]) } 1 .. $#le - 1;
		push @faults, "$of: not cumulative"
			if grep { $buckets[$_ - 1][2] > $buckets[$_][2] } 1 .. $#le;
		push @faults, "$of: count" if $count->[2] != $buckets[-1][2];
		push @faults, "$of: sum" if !$sum;
	}

	push @faults, "nothing of $_" for grep { !$family{$_} } keys %type;
	push @faults, 'no types' if keys %type < 10;

	is(join("\n", @faults), '', 'valid');
	is(join("\n", grep { index($text, $_) >= 0 } @canaries), '',
		'nothing of meetings in it');

	# the same numbers as in JSON

	my $json = $t->get('/status')->{json};
	my ($sessions) = $text =~ /^secmeet_sessions_total (\d+)$/m;

	is($sessions, $json->{stats}{total}{sessions}, 'sessions as in JSON');
	is(scalar(() = $text =~ /\{reason="[a-z-]+"\}/g),
		scalar(grep { /^drop-/ } keys %{$json->{counters}}), 'all reasons');

	return $text;
}

###############################################################################

sub configure {
	$t->write_file('nginx.conf', $t->expand(conf(@_)));
}

sub conf {
	my (%o) = @_;

	my $workers = $o{workers} || 1;
	my $stats = !defined $o{stats} ? "secmeet_stats $book;"
		: $o{stats} eq '' ? '' : "secmeet_stats $o{stats};";
	my $min = defined $o{min} ? "secmeet_country_min $o{min};" : '';
	my $country = $o{country} // '$country';
	my $format = $o{format} // '';

	# nginx clears its environment, and a sanitizer comes by it

	my $env = $ENV{SECMEET_PRELOAD}
		? "env LD_PRELOAD;\nenv ASAN_OPTIONS;\nenv UBSAN_OPTIONS;\n" : '';

	return $env . <<"EOC";

%%GLOBALS%%

worker_processes $workers;

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp reuseport;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    map \$http_x_country \$country {
        default \$http_x_country;
    }

    $stats
    $min
    secmeet_country $country;
    secmeet_resume_timeout 5s;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet;
        }

        location /other/ {
            secmeet meet;
            secmeet_country off;
        }

        location = /status {
            secmeet_status $format;
        }

        location = /metrics {
            secmeet_status prometheus;
        }
    }
}

EOC
}

###############################################################################
