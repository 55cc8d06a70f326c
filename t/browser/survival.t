#!/usr/bin/perl

# Copyright (C) secmeet contributors

# A meeting of browsers goes on through reloads, and comes back by itself
# when the network breaks, or when workers, or all of nginx, are killed.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN { use FindBin; chdir("$FindBin::Bin/.."); }

use lib 'lib';
use Test::Secmeet;
use Test::Secmeet::Browser qw/ page_config /;
use Test::Secmeet::Proxy;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $missing = Test::Secmeet::Browser->missing();
plan(skip_all => $missing) if $missing;

my $t = Test::Secmeet->new()->plan()->allow(qr/exited on signal 9/);
my $workers = 4;

configure();
$t->run();

###############################################################################

my $proxy = Test::Secmeet::Proxy->new($t->port(8080));
my $url = 'http://127.0.0.1:' . $proxy->port() . '/meet/';

Test::Secmeet::Browser->new()->run('survival.mjs', $url, timeout => 240,
	please => {
		'reload' => sub {
			$workers = $workers == 4 ? 2 : $workers == 2 ? 1 : 4;
			configure();
			$t->reload() or die "does not reload\n";
		},
		'cut' => sub { $proxy->cut() },
		'freeze' => sub { $proxy->freeze() },
		'thaw' => sub { $proxy->thaw() },
		'kill-owner' => sub { end(owner()) },
		'kill-others' => sub {
			my $owner = owner();
			end(grep { $_ != $owner } $t->workers());
		},
		'kill-all' => sub {
			my @workers = $t->workers(1);

			kill 'KILL', $t->pid(), @workers;
			waitfor(sub { !grep { kill 0, $_ } @workers })
				or die "they live\n";
			unlink $t->testdir() . '/nginx.pid';
		},
		'start' => sub { $t->run() },
	});

###############################################################################

sub configure {
	$t->write_file_expand('nginx.conf',
		"worker_processes $workers;\n" . page_config());

	return;
}

sub end {
	my (@pids) = @_;

	die "no such worker\n" unless @pids;
	kill 'KILL', @pids;

	return;
}

# the worker of the only room

sub owner {
	my ($claim) = glob $t->testdir() . '/*.secmeet/r.*';

	die "no room\n" unless $claim;
	my ($name) = readlink($claim) =~ /^(w\.\w{8})\./;

	my ($pid) = grep { $t->holds($_, $name) } $t->workers(1);

	return $pid // die "nobody owns $name\n";
}

###############################################################################
