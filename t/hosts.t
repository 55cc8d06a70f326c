#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What hosts may do, and nobody else: the password, the lock, the link, the
# lobby, invitations, silence, the end; and that it lasts.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir($FindBin::Bin); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Member qw/ loop run_for /;
use Test::Secmeet::Peer;

use IO::Socket::INET;

###############################################################################

my $true = JSON::PP::true();
my $false = JSON::PP::false();
my $old = 'p' x 42 . 'A';
my $new = 'q' x 42 . 'A';
my $t = Test::Secmeet->new();

$t->skip_all('no build/peer/peer') unless Test::Secmeet::Peer::available();

$t->plan()->allow(qr/exited on signal 9/)
	->write_file_expand('nginx.conf', <<'EOC');

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

    map $http_x_teacher $teacher {
        default  0;
        yes      1;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location /meet/rooms/ {
            secmeet meet;
            secmeet_peers 12;
            secmeet_message_rate 1000;
            secmeet_resume_timeout 5s;
        }

        location = /status {
            secmeet_status;
        }

        location /school/ {
            secmeet meet;
            secmeet_host $teacher;
        }
    }
}

EOC

my $conf = $t->read_file('nginx.conf');

for my $workers (1, 2) {
	$t->write_file('nginx.conf', $conf =~ s/WORKERS/$workers/r)->run();

	subtest("$workers workers: $_->[0]" => $_->[1]) for (
		[ 'a guest tries everything' => \&guest ],
		[ 'the password is changed' => \&password ],
		[ 'a room is locked' => \&lock ],
		[ 'the lobby' => \&lobby ],
		[ 'the lobby is full, and let go' => \&lobby_ends ],
		[ 'the lobby is cleared' => \&cleared ],
		[ 'invitations' => \&invitations ],
		[ 'a kick sticks' => \&kick ],
		[ 'what may be known is burnt' => \&burnt ],
		[ 'a kick after a crash' => \&after_crash ],
		[ 'others become hosts' => \&promote ],
		[ 'silence' => \&silence ],
		[ 'a screen is stopped' => \&stop ],
		[ 'hosts by nginx.conf' => \&site ],
		[ 'it ends for all' => \&end ],
		[ 'after a crash it is as it was' => \&crash ],
	);

	$t->stop();
}

###############################################################################

# each message of hosts, from somebody who is none, and before joining

sub guest {
	my ($tag, $host, $chair) = room();
	my ($guest, $joined) = enter($tag);
	my ($other, $o) = enter($tag);
	my %all = (
		password => { proof => $new }, lock => { on => $true },
		lobby => { on => $true }, link => { on => $false },
		admit => { peer => $o->{you} }, deny => { peer => $o->{you} },
		kick => { peer => $o->{you} },
		silence => { peer => $o->{you}, on => $true },
		stop => { track => '0' x 16 }, promote => { peer => $joined->{you} },
		invite => { token => $new }, revoke => { invite => '0' x 16 },
		end => {},
	);

	for my $type (sort keys %all) {
		$guest->send($type, %{$all{$type}});
		is_deeply($guest->wait('error'), { type => 'error',
			code => 'forbidden', message => 'only hosts may', of => $type },
			"$type is for hosts");

		my $ws = $t->ws($tag);

		$ws->send($type, %{$all{$type}});
		is(($ws->wait('error') || {})->{code}, 'state',
			"$type before joining");
		$ws->close(1000);
	}

	($_, my $again) = enter($tag, name => 'late');
	is_deeply($again->{room}, { password => $false, locked => $false,
		lobby => $false, link => $true }, 'nothing has changed');
	is(scalar @{$again->{peers}}, 3, 'all are there');
	ok(!grep({ $_->{host} } grep { $_->{peer} eq $o->{you} }
		@{$again->{peers}}), 'nobody became a host');

	return gone($chair, $guest, $other, $_);
}

sub password {
	my ($tag, $host, $chair) = room(proof => $old);
	my ($guest, $g) = enter($tag, proof => $old);

	# one who asks in the very moment

	$chair->send('password', proof => $new);
	is_deeply($_->wait('room'), { type => 'room', password => $true,
		locked => $false, lobby => $false, link => $true,
		changed => 'password' }, 'told, and not what it is')
		for $chair, $guest;
	denied($tag, 'the old one opens nothing', proof => $old);
	denied($tag, 'nor does none');

	my ($late) = enter($tag, proof => $new);

	$late->send('send', data => 'x');
	is(($guest->wait('message') || {})->{data}, 'x', 'who was in stays');

	# who was in comes back by the ticket, whatever was the password

	$guest->disconnect();
	($guest, $g) = enter($tag, resume => $g->{resume}, proof => $old);
	ok($g->{resumed}, 'and comes back');

	$chair->send('password', proof => undef);
	$guest->wait('room');

	(my $open, my $o) = enter($tag);
	is($o->{room}{password}, $false, 'no password any more');
	denied($tag, 'so that the one before is wrong', proof => $new);

	$chair->send('password', proof => $old);
	$open->wait('room');
	(my $back) = enter($tag, proof => $old);
	denied($tag, 'and needed again');

	return gone($chair, $guest, $late, $open, $back);
}

sub lock {
	my ($tag, $host, $chair) = room();
	my ($guest, $g) = enter($tag);

	$chair->send('invite', token => $new);
	$chair->wait('invites', timeout => 5);
	$chair->send('lock', on => $true);
	is($guest->wait('room')->{locked}, $true, 'locked');
	denied($tag, 'nobody new');
	denied($tag, 'nor by an invitation', invite => $new);

	$guest->disconnect();
	($guest, $g) = enter($tag, resume => $g->{resume});
	ok($g->{resumed}, 'who was in comes back');

	my ($second, $s) = enter($tag, host => $host);
	ok($s->{host}, 'the holder of the token comes in');

	$chair->send('lock', on => $true);
	$chair->send('lock', on => $false);
	is($guest->wait('room')->{locked}, $false, 'unlocked: told once');

	my ($late) = enter($tag);

	return gone($chair, $guest, $second, $late);
}

sub lobby {
	my $tag = Test::Secmeet::tag();
	my $host = $t->put(Test::Secmeet::room_uri($tag),
		json => { proof => $old, lobby => $true })->{json}{host};
	my ($chair, $c) = enter($tag, host => $host);

	is($c->{room}{lobby}, $true, 'made with a lobby');
	denied($tag, 'the password comes first', proof => $new);
	is($chair->wait('knock', timeout => 0.2), undef, 'nobody is bothered');

	my @ws = map { my $ws = $t->ws($tag); $ws->send('join', proof => $old,
		name => $_); $ws->wait('waiting'); $ws } qw/ Ada Bea Cyd Dan /;
	my @knocks = map { $chair->wait('knock') } @ws;

	is_deeply([ map { $_->{name} } @knocks ], [ qw/ Ada Bea Cyd Dan / ],
		'the host hears of them');

	# who waits can do nothing and hears nothing

	$ws[0]->send('ping');
	is($ws[0]->read_message()->{type}, 'pong', 'the server is there');
	$ws[0]->send($_, $_ eq 'send' ? (data => 'x') : $_ eq 'lock'
		? (on => $true) : (sdp => 'v=0')) for qw/ send offer lock join /;
	is($ws[0]->wait('error')->{code}, $_ < 4 ? 'state' : 'field', 'not yet')
		for 1 .. 4;

	my ($guest, $g) = ($ws[1]);

	$chair->send('admit', peer => $knocks[1]{peer});
	$g = $guest->wait('joined');
	is($g->{you}, $knocks[1]{peer}, 'admitted, as who knocked');
	is($chair->wait('gone')->{peer}, $g->{you}, 'and waits no more');
	is($chair->wait('peer')->{name}, 'Bea', 'but is in');
	is($ws[0]->read_message(0.2), undef, 'who waits hears nothing of it');
	is_deeply([ map { $_->{peer} } @{$g->{peers}} ], [ $c->{you} ],
		'nor is seen');

	$chair->send('deny', peer => $knocks[2]{peer});
	is($ws[2]->wait('denied')->{type}, 'denied', 'one is denied');
	is($ws[2]->close_code(), 4004, 'and let go');

	$ws[3]->send('leave');
	is($ws[3]->close_code(), 1000, 'one leaves');
	is($chair->wait('gone')->{peer}, $knocks[$_]{peer}, 'the host is told')
		for 2, 3;

	$chair->send($_, peer => $knocks[3]{peer}),
		is($chair->wait('error')->{code}, 'peer', "$_: too late")
		for qw/ admit deny /;

	# hosts and the invited do not wait; off: all come in

	my ($second, $s) = enter($tag, host => $host);

	is($second->wait('knock')->{peer}, $knocks[0]{peer},
		'another host is told who waits');
	$chair->send('invite', token => $new);
	my ($invited) = enter($tag, invite => $new);

	$chair->send('lobby', on => $false);
	ok($ws[0]->wait('joined'), 'off: who waits comes in');
	my ($late) = enter($tag, proof => $old);

	return gone($chair, $guest, $second, $invited, $ws[0], $late);
}

# who may not come in any more waits for nothing

sub cleared {
	my ($tag, $host, $chair) = room(proof => $old);
	my ($guest, $g) = enter($tag, proof => $old);

	$chair->send('lobby', on => $true);
	$chair->wait('room');

	for my $change ([ 'lock', on => $true ], [ 'link', on => $false ],
		[ 'password', proof => $new ], [ 'kick', peer => $g->{you} ])
	{
		my ($type, %fields) = @$change;
		my $ws = $t->ws($tag);

		$ws->send('join', proof => $type eq 'kick' ? $new : $old);
		$ws->wait('waiting');
		$chair->wait('knock');
		$chair->send($type, %fields);
		is(($ws->wait('denied') || {})->{type}, 'denied',
			"$type: who waits is denied");
		is($ws->close_code(), 4004, 'and let go');
		$chair->send('lock', on => $false) if $type eq 'lock';
		$chair->send('link', on => $true) if $type eq 'link';
	}

	return gone($chair);
}

# what a host leaves behind that is put out

sub burnt {
	my ($tag, $host, $chair) = room();
	my ($guest, $g) = enter($tag);

	# of a room without a password an invitation tells the link as well

	$chair->send('invite', token => $new);
	invites($chair);
	my ($invited, $i) = enter($tag, invite => $new);
	invites($chair);
	$chair->send('kick', peer => $i->{you});
	is($invited->close_code(), 4007, 'one who was invited is put out');
	denied($tag, 'and does not come by the link');

	# a host's own invitations, and a password that it has set

	$chair->send('link', on => $true);
	$chair->send('promote', peer => $g->{you});
	$guest->wait('host');
	$guest->send('invite', token => $old, uses => 9);
	$guest->wait('invites', timeout => 5) for 1, 2;
	$guest->send('password', proof => $new);
	$guest->wait('room', changed => 'password');
	$chair->send('kick', peer => $g->{you});
	is($guest->close_code(), 4007, 'and one who was made a host');
	denied($tag, 'who does not come by an invitation of its own',
		invite => $old);
	denied($tag, 'nor by a password of its own', proof => $new);

	return gone($chair);
}

# in a room that was opened again a short while ago

sub after_crash {
	my ($tag, $host) = $t->create_room(proof => $old);
	my ($chair, $c) = enter($tag, host => $host);
	my ($guest, $g) = enter($tag, proof => $old);
	my %old = map { $_ => 1 } $t->workers();

	kill 'KILL', keys %old;
	waitfor(sub { 2 <= grep({ !$old{$_} } $t->workers()) + (keys %old < 2)
		&& $t->get('/none')->{status} == 404 }) or die "no workers\n";

	($chair, $c) = enter($tag, resume => $c->{resume}, host => $host);

	# one who was in comes by the password, and a new one as well

	my ($again, $a) = enter($tag, proof => $old);
	my ($other, $o) = enter($tag, proof => $old);

	for ([ $again, $a ], [ $other, $o ]) {
		$chair->send('kick', peer => $_->[1]{you});
		is($_->[0]->close_code(), 4007, 'put out');
		denied($tag, 'not by the ticket of now',
			resume => $_->[1]{resume});
	}

	denied($tag, 'nor by that of before the crash', resume => $g->{resume});

	return gone($chair);
}

sub lobby_ends {
	my $tag = Test::Secmeet::tag();
	my $host = $t->put(Test::Secmeet::room_uri($tag),
		json => { lobby => $true })->{json}{host};
	my ($chair) = enter($tag, host => $host);
	my @ws = map { my $n = $_; map {
		my $ws = $t->ws($tag, socket => from("127.77.$n.$_"));
		$ws->send('join');
		$ws;
	} 1 .. 51 } 1 .. 3;
	my %said;

	$said{$_->read_message()->{type}}++ for @ws[0 .. 50];
	is_deeply(\%said, { waiting => 50, denied => 1 },
		'fifty of a network may wait');
	$said{$_->read_message()->{type}}++ for @ws[51 .. 152];
	is_deeply(\%said, { waiting => 100, denied => 53 }, 'a hundred in all');

	$chair->send('silence', on => $true);
	$chair->send('lobby', on => $false);
	%said = ();
	$said{$_->wait('joined', timeout => 0.5) ? 'in' : 'out'}++
		for @ws[0 .. 20];
	is($said{in}, 11, 'as many come in as there is room for');
	is_deeply([ map { $_->{silenced} }
		grep { $_->{type} eq 'peer' } map { $chair->wait('peer') } 1 .. 11 ],
		[ ($true) x 11 ], 'silenced as all are');

	# whoever waits when the last one leaves waits for nothing

	my ($tag2) = Test::Secmeet::tag();
	my $host2 = $t->put(Test::Secmeet::room_uri($tag2),
		json => { lobby => $true })->{json}{host};

	($_) = enter($tag2, host => $host2);
	my $ws = $t->ws($tag2);

	$ws->send('join');
	$ws->wait('waiting');
	$_->send('leave');
	is($ws->wait('denied')->{type}, 'denied', 'the room has ended');
	is($ws->close_code(), 4004, 'and those who waited are let go');

	return gone($chair);
}

sub invitations {
	my ($tag, $host, $chair) = room(proof => $old);

	$chair->send('link', on => $false);
	$chair->wait('room');
	denied($tag, 'the link is off', proof => $old);

	$chair->send('invite', token => $new, uses => 2, seconds => 60);

	my ($invite) = @{invites($chair)};

	is_deeply([ @$invite{qw/ uses left /} ], [ 2, 2 ], 'two uses');
	cmp_ok($invite->{seconds}, '<=', 60, 'of a minute');

	$chair->send('invite', token => $new);
	is($chair->wait('error')->{code}, 'limit', 'not the same again');

	my ($one) = enter($tag, invite => $new);

	is(invites($chair)->[0]{left}, 1, 'one left');
	denied($tag, 'another token', invite => $old);

	my ($two, $joined) = enter($tag, invite => $new);

	is_deeply(invites($chair), [], 'none left');
	denied($tag, 'used up', invite => $new);
	denied($tag, 'nor by the proof besides', invite => $new, proof => $old);

	# coming back is no use of it

	$two->disconnect();
	($two, $joined) = enter($tag, resume => $joined->{resume},
		invite => $new);
	ok($joined->{resumed}, 'who was in comes back');

	# not more than 64; a revoked one lets nobody in

	my @tokens = map { sprintf '%042dA', $_ } 1 .. 64;

	for (@tokens) {
		$chair->send('invite', token => $_);
		$invite = invites($chair);
	}

	is(scalar @$invite, 64, 'sixty-four');
	$chair->send('invite', token => 'z' x 42 . 'A');
	is($chair->wait('error')->{code}, 'limit', 'and no more');
	$chair->send('revoke', invite => $invite->[0]{invite});
	is(scalar @{invites($chair)}, 63, 'revoked');
	$chair->send('revoke', invite => $invite->[0]{invite});
	is($chair->wait('error')->{code}, 'invite', 'is none any more');
	denied($tag, 'lets nobody in', invite => $tokens[0]);
	my ($three) = enter($tag, invite => $tokens[1]);

	$chair->send('link', on => $true);
	$three->wait('room');
	my ($four) = enter($tag, proof => $old);

	return gone($chair, $one, $two, $three, $four);
}

sub kick {
	my ($tag, $host, $chair) = room(proof => $old);
	my ($bad, $b) = enter($tag, proof => $old);
	my ($good, $g) = enter($tag, proof => $old);

	$chair->send('kick', peer => $b->{you});
	is_deeply($bad->wait('end'), { type => 'end', reason => 'kicked' },
		'is told');
	is($bad->close_code(), 4007, 'and put out');
	is($good->wait('left')->{peer}, $b->{you}, 'others see it');
	is($good->wait('room')->{link}, $false, 'the link is off');

	denied($tag, 'not by the ticket', resume => $b->{resume});
	denied($tag, 'not by the link', proof => $old);
	denied($tag, 'not by both, with a new name', resume => $b->{resume},
		proof => $old, name => 'somebody else', fresh => $true);

	$good->disconnect();
	($good, $g) = enter($tag, resume => $g->{resume});
	ok($g->{resumed}, 'others come back');

	# by an invitation with uses left

	$chair->send('invite', token => $new, uses => 5);
	invites($chair);
	($bad, $b) = enter($tag, invite => $new);
	$chair->send('kick', peer => $b->{you});
	is($bad->close_code(), 4007, 'put out');
	denied($tag, 'not by the invitation', invite => $new);
	denied($tag, 'nor with the ticket', invite => $new,
		resume => $b->{resume});

	# one who is away

	$chair->send('invite', token => $old);
	($bad, $b) = enter($tag, invite => $old);
	$bad->disconnect();
	$chair->wait('away');
	$chair->send('kick', peer => $b->{you});
	$chair->wait('left', peer => $b->{you});
	denied($tag, 'who was away is out as well', resume => $b->{resume});

	# hosts: the holder of the token cannot be put out

	my ($second, $s) = enter($tag, host => $host);

	$chair->send('kick', peer => $s->{you});
	is($chair->wait('error')->{code}, 'forbidden', 'the token stays');
	$chair->send('promote', peer => $g->{you});
	$good->wait('host');
	$good->send('kick', peer => $s->{you});
	is($good->wait('error')->{code}, 'forbidden', 'also for other hosts');
	$good->send('kick', peer => $g->{you});
	is($good->wait('error')->{code}, 'peer', 'nobody kicks himself');
	$chair->send('kick', peer => $g->{you});
	is($good->close_code(), 4007, 'but who was made one');
	denied($tag, 'who is none any more', resume => $g->{resume});

	return gone($chair, $second);
}

sub promote {
	my ($tag, $host, $chair) = room();
	my ($guest, $g) = enter($tag);
	my ($other) = enter($tag);

	$chair->send('invite', token => $new);
	$chair->wait('invites');
	$chair->send('promote', peer => '0' x 16);
	is($chair->wait('error')->{code}, 'peer', 'nobody');
	$chair->send('promote', peer => $g->{you});
	is($_->wait('host')->{peer}, $g->{you}, 'all are told')
		for $chair, $guest, $other;
	is(scalar @{invites($guest)}, 1, 'a host sees the invitations');

	# it is in the ticket, and the first host may go

	my $ticket = $guest->wait('ticket')->{resume};

	$chair->send('leave');
	$chair->close_code();
	$ticket = $guest->wait('ticket')->{resume};
	$guest->disconnect();
	($guest, $g) = enter($tag, resume => $ticket);
	ok($g->{host}, 'still a host');
	($guest, $g) = enter($tag, resume => $g->{resume}, fresh => $true);
	ok($g->{host}, 'also after a reload of the page');
	$guest->send('lock', on => $true);
	is($other->wait('room')->{locked}, $true, 'with all rights');

	return gone($guest, $other);
}

sub silence {
	my $peer = Test::Secmeet::Peer->new();
	my ($tag, $host) = $t->create_room();
	my ($chair, $ada, $bea) = map {
		Test::Secmeet::Member->new($t, $peer, name => $_)
	} qw/ chair ada bea /;

	$chair->join($tag, host => $host);
	$_->join($tag) for $ada, $bea;
	$_->publish('audio', 'video') for $chair, $ada, $bea;

	for my $member ($chair, $ada, $bea) {
		$member->connected(10) && $member->complete(4, 10) or die;
		$member->start('audio', rate => 50, size => 100);
		$member->start('video', rate => 50, size => 500);
	}

	is_deeply([ heard($bea) ], [ 'ada audio', 'ada video', 'chair audio',
		'chair video' ], 'all is heard');

	$chair->ws()->send('silence', peer => $ada->you(), on => $true);
	is_deeply($_->message('silenced', timeout => 5), { type => 'silenced',
		peer => $ada->you(), on => $true }, 'all are told')
		for $chair, $ada, $bea;
	is_deeply([ heard($bea) ], [ 'ada video', 'chair audio', 'chair video' ],
		'one is silent');

	# the client goes on sending; the server drops it

	cmp_ok(dropped(), '>', 10, 'what it sends is dropped');

	$chair->ws()->send('silence', on => $true);
	$bea->message('silenced', timeout => 5);
	is_deeply([ heard($ada) ], [ 'bea video', 'chair audio', 'chair video' ],
		'all guests are silent');

	my $cyd = Test::Secmeet::Member->new($t, $peer, name => 'cyd');

	$cyd->join($tag)->publish('audio');
	$cyd->connected(10) or die;
	$cyd->start('audio', rate => 50, size => 100);
	ok(!grep({ /cyd/ } heard($chair)), 'and who comes later');

	$chair->ws()->send('silence', on => $false);
	$cyd->message('silenced', timeout => 5);
	is_deeply([ heard($chair) ], [ 'ada audio', 'ada video', 'bea audio',
		'bea video', 'cyd audio' ], 'and are heard again');

	$_->leave() for $chair, $ada, $bea, $cyd;

	return done_testing();
}

sub stop {
	my $peer = Test::Secmeet::Peer->new();
	my ($tag, $host) = $t->create_room();
	my ($chair, $ada, $bea) = map {
		Test::Secmeet::Member->new($t, $peer, name => $_)
	} qw/ chair ada bea /;

	$chair->join($tag, host => $host);
	$_->join($tag) for $ada, $bea;
	$ada->publish('video');
	$_->publish('audio') for $chair, $bea;

	$_->connected(10) or die for $chair, $ada, $bea;
	$bea->complete(2, 10) or die;
	$ada->start('video', rate => 50, size => 500);
	ok(grep({ /ada video/ } heard($bea)), 'a screen is seen');

	my $track = $ada->track('video');

	$chair->ws()->send('stop', track => $chair->track('audio'));
	is($chair->message('error', timeout => 5)->{code}, 'track', 'not one of his own');
	$chair->ws()->send('stop', track => $track);
	is($ada->message('stopped', timeout => 5)->{track}, $track, 'its owner is told');
	is_deeply([ grep { /ada/ } heard($bea) ], [], 'nobody sees it');
	$chair->ws()->send('stop', track => $track);
	is($chair->message('error', timeout => 5)->{code}, 'track', 'it is none any more');

	my ($ws, $joined) = enter($tag);

	is_deeply([ map { @{$_->{tracks}} } grep { $_->{peer} eq $ada->you() }
		@{$joined->{peers}} ], [], 'who comes later is not shown it');
	$ws->send('receive', mid => '0', track => $track);
	is($ws->wait('error')->{code}, 'mid', 'nor can ask for it');

	$_->leave() for $chair, $ada, $bea;

	return gone($ws);
}

sub site {
	my ($tag) = $t->create_room(base => '/school/', proof => $old);
	my $ws = $t->ws($tag, base => '/school/',
		headers => { 'X-Teacher' => 'yes' });

	is($ws->join()->{type}, 'denied', 'the password is needed all the same');
	$ws = $t->ws($tag, base => '/school/',
		headers => { 'X-Teacher' => 'yes' });

	my $teacher = $ws->join(proof => $old);

	ok($teacher->{host}, 'a host by nginx.conf');
	$ws->send('lobby', on => $true);
	$ws->wait('room');
	$ws->send('lock', on => $true);
	$ws->wait('room');

	for ('no', undef) {
		my $pupil = $t->ws($tag, base => '/school/',
			headers => { 'X-Teacher' => $_ });

		is($pupil->join(proof => $old)->{type}, 'denied', 'not a pupil');
	}

	my $second = $t->ws($tag, base => '/school/',
		headers => { 'X-Teacher' => 'yes' });

	ok($second->join(proof => $old)->{host}, 'another one needs not wait');

	return gone($ws, $second);
}

sub end {
	my ($tag, $host, $chair) = room();
	my ($guest) = enter($tag);
	my $ws = $t->ws($tag);

	$chair->send('lobby', on => $true);
	$guest->wait('room');
	$ws->send('join');
	$ws->wait('waiting');
	$chair->send('end');

	for ($chair, $guest, $ws) {
		is($_->wait('end')->{reason}, 'host', 'it is over');
		is($_->close_code(), 4003, 'for everyone');
	}

	denied($tag, 'nobody comes in', host => $host);
	is($t->put(Test::Secmeet::room_uri($tag))->{status}, 409,
		'its tag is used up');

	return done_testing();
}

sub crash {
	my ($tag, $host, $chair) = room(proof => $old);
	my ($guest, $g) = enter($tag, proof => $old);
	my ($other, $o) = enter($tag, proof => $old);

	$chair->send('password', proof => $new);
	$chair->send('promote', peer => $o->{you});
	$chair->send('silence', peer => $g->{you}, on => $true);
	$chair->send('lock', on => $true);
	$guest->wait('room', changed => 'locked');

	my $ticket = latest($guest);
	my $better = latest($other);

	my %old = map { $_ => 1 } $t->workers();

	kill 'KILL', keys %old;
	waitfor(sub { 2 <= grep({ !$old{$_} } $t->workers()) + (keys %old < 2)
		&& $t->get('/none')->{status} == 404 }) or die "no workers\n";

	($guest, $g) = enter($tag, resume => $ticket);
	is_deeply($g->{room}, { password => $true, locked => $true,
		lobby => $false, link => $true }, 'locked, with a password');
	ok($g->{silenced} && !$g->{host}, 'silenced is silenced');
	($other, $o) = enter($tag, resume => $better);
	ok($o->{host} && !$o->{silenced}, 'a host is a host');
	denied($tag, 'the lock holds', proof => $new);
	$other->send('lock', on => $false);
	$guest->wait('room');
	denied($tag, 'the old password opens nothing', proof => $old);
	my ($late) = enter($tag, proof => $new);

	return gone($guest, $other, $late);
}

###############################################################################

sub room {
	my (%opt) = @_;

	my ($tag, $host) = $t->create_room(%opt);
	my ($chair) = enter($tag, host => $host, %opt);

	$chair->wait('invites');

	return ($tag, $host, $chair);
}

# who must be let in: (WebSocket, "joined")

sub enter {
	my ($tag, %fields) = @_;

	my $ws = $t->ws($tag);
	my $joined = $ws->join(%fields) || {};

	is($joined->{type}, 'joined', 'comes in')
		if ($joined->{type} // '') ne 'joined';

	return ($ws, $joined);
}

sub from {
	my ($address) = @_;

	return IO::Socket::INET->new(LocalAddr => $address,
		PeerAddr => '127.0.0.1', PeerPort => $t->port(8080))
		// die "$address: $!\n";
}

sub denied {
	my ($tag, $name, %fields) = @_;

	my $ws = $t->ws($tag);
	my $answer = $ws->join(%fields);

	is_deeply([ $answer, $ws->close_code() ], [ { type => 'denied' }, 4004 ],
		$name);

	return;
}

sub invites {
	my ($ws) = @_;
	return ($ws->wait('invites') || {})->{invites};
}

# the last ticket of all that came

sub latest {
	my ($ws) = @_;

	my $ticket;

	while (my $message = $ws->read_message(0.5)) {
		$ticket = $message->{resume} if $message->{type} eq 'ticket';
	}

	return $ticket;
}

sub gone {
	my @ws = @_;

	$_->send('leave') for @ws;
	$_->close_code() for @ws;

	return done_testing();
}

# what a member gets more of within half a second: "NAME KIND"

sub heard {
	my ($member) = @_;

	my %before = packets($member);

	run_for(0.5);

	my %after = packets($member);

	return sort grep { $after{$_} > ($before{$_} // 0) + 5 } keys %after;
}

sub packets {
	my ($member) = @_;

	my %packets;

	for my $line (@{$member->stats()->{recv}}) {
		my $track = $member->{lines}{$line->{mid}}{track} // next;

		for my $other (values %{$member->{roster}}) {
			my $is = $other->{tracks}{$track} or next;
			$packets{"$other->{name} $is->{kind}"} += $line->{packets};
		}
	}

	return %packets;
}

sub dropped {
	return ($t->get('/status')->{json} || {})->{counters}{'drop-silenced'}
		// 0;
}

###############################################################################
