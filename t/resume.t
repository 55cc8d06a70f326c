#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Who loses the connection comes back by a resume ticket and is who he was:
# for a while, in that room, and nobody else is.

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
use Time::HiRes qw/ time /;

###############################################################################

my $TRUE = JSON::PP::true();
my $proof = 'p' x 42 . 'A';

my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan()->write_file_expand('nginx.conf', <<'EOC');

%%GLOBALS%%

worker_processes WORKERS;

events {
}

stream {
    server {
        listen 127.0.0.1:%%PORT_3478_UDP%% udp;
        secmeet_media on;
    }
}

http {
    %%GLOBALS_HTTP%%

    secmeet_resume_timeout 2s;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet;
        }

        location /long/ {
            secmeet meet;
            secmeet_resume_timeout 1m;
        }

        location /idle/ {
            secmeet meet;
            secmeet_idle_timeout 1s;
        }

        location /two/ {
            secmeet meet;
            secmeet_peers 2;
        }
    }
}

EOC

my $conf = $t->read_file('nginx.conf');

for my $workers (1, 2, 4) {
	$t->write_file('nginx.conf', $conf =~ s/WORKERS/$workers/r)->run();

	subtest("$workers workers: $_->[0]" => $_->[1]) for (
		[ 'a lost connection' => \&lost ],
		[ 'a page that ends' => \&page ],
		[ 'who has left for good' => \&left ],
		[ 'a connection taken over' => \&taken ],
		[ 'a new peer connection' => \&fresh ],
		[ 'too late' => \&late ],
		[ 'tickets of others' => \&others ],
		[ 'the last one' => \&alone ],
		[ 'media goes on' => \&media ],
	);

	ok(waitfor(sub { !claims() }), "$workers workers: no claim is left");
	$t->stop();
}

###############################################################################

sub page {
	my ($tag) = $t->create_room(base => '/long/', proof => $proof);
	my ($alice) = enter($tag, base => '/long/', proof => $proof);
	my ($bob, $joined) = enter($tag, base => '/long/', proof => $proof);

	$alice->wait('peer');

	my $start = time();

	$bob->close(1001);
	is($alice->wait('away')->{on}, $TRUE, 'loaded again, it may be');
	is($alice->wait('left', timeout => 10)->{peer}, $joined->{you},
		'but was not');
	cmp_ok(time() - $start, '>', 4.9, 'after five seconds of a minute');

	$alice->send('leave');
	$alice->close_code();

	return done_testing();
}

sub lost {
	my ($tag, $host) = $t->create_room(base => '/long/', proof => $proof);
	my ($alice) = enter($tag, base => '/long/', proof => $proof);

	for my $how (qw/ break 4006 1001 idle /) {
		my ($bob, $joined) = enter($tag, proof => $proof, host => $host,
			name => 'bob', base => $how eq 'idle' ? '/idle/' : '/long/');

		like($joined->{resume}, qr/^[\w-]{275}$/, "$how: a ticket");
		ok(!$joined->{resumed}, 'a new peer');
		is($alice->wait('peer')->{peer}, $joined->{you}, 'somebody comes');

		$bob->disconnect() if $how eq 'break';
		$bob->close($how) if $how =~ /^\d/;

		# no pong

		if ($how eq 'idle') {
			$bob->{autopong} = 0;
			is($bob->close_code(), 4001, 'closed with 4001');
		}

		is_deeply($alice->wait('away'), { type => 'away', on => $TRUE,
			peer => $joined->{you} }, 'is away');

		my ($carol, $seen) = enter($tag, base => '/long/',
			proof => $proof);
		my %away = map { $_->{peer} => $_->{away} } @{$seen->{peers}};

		ok($away{$joined->{you}}, 'newcomers know');
		is(scalar(grep { $_ } values %away), 1, 'only this one is');
		$alice->wait('peer');
		$carol->send('leave');
		$alice->wait('left');

		my ($again, $back) = enter($tag, base => '/long/', name => 'other',
			resume => $joined->{resume});

		ok($back->{resumed}, 'and comes back');
		is($back->{you}, $joined->{you}, 'as who he was');
		is($back->{host}, $TRUE, 'with his rights');
		isnt($back->{resume}, $joined->{resume}, 'with a new ticket');
		ok(!$alice->wait('away')->{on}, 'is not away any more');

		$again->send('send', data => 'here');
		is($alice->wait('message')->{from}, $joined->{you}, 'is heard');
		$alice->send('send', to => $joined->{you}, data => 'there');
		is($again->wait('message')->{data}, 'there', 'and hears');

		$again->send('ping');
		ok($again->wait('pong'), 'ping and pong');

		$again->send('leave');
		is($again->close_code(), 1000, 'leaves');
		is($alice->wait('left')->{peer}, $joined->{you}, 'and is gone');
	}

	is($t->delete_room($tag, $host, base => '/long/')->{status}, 204,
		'ended');
	return done_testing();
}

# by "leave", and by a Close frame

sub left {
	my ($tag) = $t->create_room(proof => $proof);
	my ($alice) = enter($tag, proof => $proof);

	for my $how (qw/ leave close /) {
		my ($bob, $joined) = enter($tag, proof => $proof);

		$alice->wait('peer');
		$how eq 'leave' ? $bob->send('leave') : $bob->close(1000);
		is($alice->wait('left')->{peer}, $joined->{you}, "$how: gone");
		refused($tag, "$how: the ticket is no good any more",
			resume => $joined->{resume});

		my ($again, $back) = enter($tag, proof => $proof,
			resume => $joined->{resume});

		ok(!$back->{resumed}, 'by the proof one comes in');
		isnt($back->{you}, $joined->{you}, 'as somebody else');
		$again->send('leave');
		$alice->wait('left');
	}

	$alice->send('leave');
	return done_testing();
}

# the server did not know that it was lost

sub taken {
	my ($tag) = $t->create_room();
	my ($alice) = enter($tag);
	my ($bob, $joined) = enter($tag);

	$alice->wait('peer');

	my ($again, $back) = enter($tag, resume => $joined->{resume});

	ok($back->{resumed}, 'taken over');
	is($bob->close_code(), 4005, 'the other connection is closed');

	$again->send('send', data => 'x');
	is(next_of($alice), 'message', 'nobody else hears of it');

	# at the same moment

	my ($one, $two) = map { $t->ws($tag) } 1 .. 2;
	$_->send('join', resume => $back->{resume}) for $one, $two;

	my %codes;
	$codes{$_->wait('joined') ? $_->close_code(0.5) // 'open' : ''}++
		for $one, $two;

	is_deeply(\%codes, { 4005 => 1, open => 1 }, 'one of two has it');

	$alice->send('leave');
	$_->send('leave') for $one, $two;
	return done_testing();
}

sub fresh {
	my ($tag, $host) = $t->create_room(base => '/two/', proof => $proof);
	my ($alice) = enter($tag, base => '/two/', proof => $proof);
	my ($bob, $joined) = enter($tag, base => '/two/', host => $host,
		proof => $proof, name => 'bob');

	is($alice->wait('peer')->{name}, 'bob', 'bob comes');

	# the room is full, but this is no more than one was

	my ($again, $back) = enter($tag, base => '/two/', name => 'bobby',
		resume => $joined->{resume}, fresh => $TRUE);

	ok(!$back->{resumed}, 'not what it was');
	is($back->{you}, $joined->{you}, 'but who he was');
	is($back->{host}, $TRUE, 'a host');
	is($bob->close_code(), 4005, 'the other connection is closed');
	is_deeply($alice->read_message(3), { type => 'peer',
		peer => $joined->{you}, name => 'bobby', host => $TRUE,
		silenced => JSON::PP::false() },
		'the others hear that he begins anew');

	my $more = $t->ws($tag, base => '/two/');
	is($more->join(proof => $proof)->{type}, 'denied', 'it is full');

	$_->send('leave') for $alice, $again;
	return done_testing();
}

sub late {
	my ($tag) = $t->create_room(proof => $proof);
	my ($alice) = enter($tag, proof => $proof);
	my ($bob, $joined) = enter($tag, proof => $proof);
	my $start = time();

	$alice->wait('peer');
	$bob->disconnect();
	ok($alice->wait('away')->{on}, 'away');
	is($alice->wait('left')->{peer}, $joined->{you}, 'gone');
	cmp_ok(time() - $start, '>', 1.9, 'after secmeet_resume_timeout');
	cmp_ok(time() - $start, '<', timeout(4), 'and not much later');

	refused($tag, 'too late', resume => $joined->{resume});

	$alice->send('leave');
	return done_testing();
}

sub others {
	my ($tag) = $t->create_room(base => '/long/', proof => $proof);
	my ($other) = $t->create_room(base => '/long/');
	my ($alice, $joined) = enter($tag, base => '/long/', proof => $proof);
	my ($bob, $theirs) = enter($other, base => '/long/');

	$bob->disconnect();
	$alice->disconnect();

	my $ticket = $joined->{resume};
	my @bad = ($theirs->{resume}, 'A' x 275, substr($ticket, 1) . 'A',
		map { my $bad = $ticket;
			substr($bad, $_, 1) = substr($bad, $_, 1) eq 'A' ? 'B' : 'A';
			$bad } 0, 20, 100, 273);

	refused($tag, 'not this ticket', base => '/long/', resume => $_)
		for @bad;
	refused($other, 'not in another room', base => '/long/',
		resume => $ticket, proof => $proof);

	# malformed: said so, and nothing is lost

	my $ws = $t->ws($tag, base => '/long/');

	for my $bad ('', 'A' x 274, 'A' x 276, 'A' x 274 . '+', 1, undef) {
		$ws->send('join', resume => $bad);
		is($ws->wait('error')->{message}, 'resume is malformed',
			'malformed');
	}

	$ws->send('join', resume => $ticket, fresh => 1);
	is($ws->wait('error')->{message}, 'fresh is malformed', 'malformed');
	$ws->send('join', resume => $ticket);
	ok($ws->wait('joined')->{resumed}, 'the right one');
	$ws->send('leave');

	($bob) = enter($other, base => '/long/', resume => $theirs->{resume});
	$bob->send('leave');
	return done_testing();
}

# the room waits for its last peer, and no longer

sub alone {
	my ($tag) = $t->create_room(proof => $proof);
	my ($bob, $joined) = enter($tag, proof => $proof);

	$bob->disconnect();
	($bob, $joined) = enter($tag, resume => $joined->{resume});
	ok($joined->{resumed}, 'the room has waited');

	$bob->disconnect();
	ok(waitfor(sub { !claims() }),
		'its claim goes with it');
	refused($tag, 'the ticket of a room that has ended',
		resume => $joined->{resume}, proof => $proof);
	is($t->put("/meet/rooms/$tag")->{status}, 409, 'it never comes again');
	return done_testing();
}

sub media {
	my $peer = Test::Secmeet::Peer->new();
	my ($tag) = $t->create_room(base => '/meet/rooms/');
	my ($alice, $bob) = map {
		Test::Secmeet::Member->new($t, $peer, resume => 1)
	} 1 .. 2;

	$_->join($tag)->publish('audio') for $alice, $bob;
	$_->connected(10) && $_->complete(1, 10) for $alice, $bob;

	my $count = 150;

	$_->start('audio', rate => 100, size => 100, count => $count)
		for $alice, $bob;
	run_for(0.3);

	$bob->disconnect();
	ok(loop(sub { $bob->{resumed} }, 5), 'bob lost no more than his WebSocket');

	# published while away: the offer is answered when he is back

	$alice->disconnect();
	$alice->publish('video');
	ok(loop(sub { $alice->{resumed} }, 5), 'so did alice');
	ok($bob->complete(2, 5), 'what she offered meanwhile is there');

	$_->wait('done', timeout => 5) for $alice, $bob;
	run_for(0.5);

	is($_->stats(brief => 1)->{recv}[0][8], $count, 'no packet is lost')
		for $alice, $bob;
	is($_->{revived}, 0, 'nobody began anew') for $alice, $bob;

	# a page that is loaded again: DTLS may tell it first

	my $you = $bob->you();

	$bob->bye();
	run_for(0.3);
	$bob->disconnect();
	ok(loop(sub { $bob->{resumed} > 1 }, 5), 'bob says goodbye, and is back');
	is($bob->you(), $you, 'as who he was');

	$_->leave() for $alice, $bob;
	return done_testing();
}

###############################################################################

# (WebSocket, the "joined" message)

sub enter {
	my ($tag, %fields) = @_;

	my $ws = $t->ws($tag, base => delete $fields{base} || '/meet/rooms/');

	return ($ws, $ws->join(%fields));
}

sub refused {
	my ($tag, $name, %fields) = @_;

	my ($ws, $answer) = enter($tag, %fields);

	is_deeply([ $answer, $ws->close_code() ], [ { type => 'denied' }, 4004 ],
		$name);

	return;
}

sub claims {
	my @claims = glob $t->testdir() . '/*.secmeet/r.*';
	return scalar @claims;
}

sub next_of {
	my ($ws) = @_;
	return ($ws->read_message(3) || {})->{type};
}

###############################################################################
