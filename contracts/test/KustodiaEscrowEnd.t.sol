// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {EscrowTest, bound, vm} from "./support/EscrowTest.sol";

/// @notice The ways out of `Funded` and `Disputed`.
contract KustodiaEscrowEndTest is EscrowTest {
    function test_release_returnsTheMoneyAtTheDeadline() public {
        uint256 id = released();
        assertStatus(id, IKustodiaEscrow.Status.Released);
        assertHeld(0);
    }

    function test_release_waitsForTheDeadlineToTheSecond() public {
        uint256 id = create();
        vm.warp(START + CUSTODY - 1);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.CustodyNotOver.selector, START + CUSTODY));
        vm.prank(BRIDGE);
        escrow.release(id);
        assertHeld(AMOUNT);
    }

    function testFuzz_release_isPossibleFromTheDeadlineOnAndNeverBefore(uint64 custody, uint256 waited) public {
        custody = uint64(bound(custody, 1, escrow.MAX_CUSTODY()));
        waited = bound(waited, 0, 2 * uint256(custody));
        vm.startPrank(BRIDGE);
        uint256 id = escrow.createAndFund(REF, address(token), AMOUNT, custody);
        vm.warp(START + waited);
        if (waited < custody) {
            vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.CustodyNotOver.selector, START + custody));
        }
        escrow.release(id);
        vm.stopPrank();
        assertHeld(waited < custody ? AMOUNT : 0);
    }

    function test_release_paysTheSettlementAddress_notTheOneThatCalls() public {
        uint256 id = create();
        address successor = address(0xB2);
        vm.prank(ADMIN);
        escrow.grantRole(BRIDGE_ROLE, successor);
        vm.warp(START + CUSTODY);
        vm.prank(successor);
        escrow.release(id);
        vm.assertEq(token.balanceOf(successor), 0, "successor's balance");
        assertHeld(0);
    }

    function test_release_needsTheBridgeRole() public {
        uint256 id = create();
        vm.warp(START + CUSTODY);
        expectMissingRole(STRANGER, BRIDGE_ROLE);
        vm.prank(STRANGER);
        escrow.release(id);
    }

    function test_release_isRetryableAfterTheTokenRefused() public {
        uint256 id = create();
        vm.warp(START + CUSTODY);
        token.blacklist(address(escrow));
        vm.expectRevert(bytes("Blacklistable: account is blacklisted"));
        vm.prank(BRIDGE);
        escrow.release(id);
        assertStatus(id, IKustodiaEscrow.Status.Funded);

        token.unBlacklist(address(escrow));
        vm.prank(BRIDGE);
        escrow.release(id);
        assertHeld(0);
    }

    function test_dispute_holdsTheMoneyEvenAfterTheDeadline() public {
        uint256 id = create();
        vm.warp(START + CUSTODY + 1);
        vm.startPrank(BRIDGE);
        escrow.dispute(id, "goods_not_received");
        assertStatus(id, IKustodiaEscrow.Status.Disputed);
        expectWrongStatus(id, IKustodiaEscrow.Status.Disputed, IKustodiaEscrow.Status.Funded);
        escrow.release(id);
        assertHeld(AMOUNT);
    }

    function test_dispute_needsTheBridgeRole() public {
        uint256 id = create();
        expectMissingRole(ADMIN, BRIDGE_ROLE);
        vm.prank(ADMIN);
        escrow.dispute(id, "");
    }

    function test_resolveDispute_forTheSeller_keepsTheOldDeadline() public {
        uint256 id = disputed();
        vm.startPrank(BRIDGE);
        escrow.resolveDispute(id, true);
        assertStatus(id, IKustodiaEscrow.Status.Funded);
        assertHeld(AMOUNT);

        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.CustodyNotOver.selector, START + CUSTODY));
        escrow.release(id);
        vm.warp(START + CUSTODY);
        escrow.release(id);
        assertHeld(0);
    }

    function test_resolveDispute_forTheBuyer_returnsTheMoney() public {
        uint256 id = disputed();
        vm.warp(START + CUSTODY);
        vm.prank(BRIDGE);
        escrow.resolveDispute(id, false);
        assertStatus(id, IKustodiaEscrow.Status.Cancelled);
        assertHeld(0);
    }

    function test_resolveDispute_leavesRoomForAnotherDispute() public {
        uint256 id = disputed();
        vm.startPrank(BRIDGE);
        escrow.resolveDispute(id, true);
        escrow.dispute(id, "again");
        assertStatus(id, IKustodiaEscrow.Status.Disputed);
    }

    function test_resolveDispute_needsTheBridgeRole() public {
        uint256 id = disputed();
        expectMissingRole(STRANGER, BRIDGE_ROLE);
        vm.prank(STRANGER);
        escrow.resolveDispute(id, false);
    }

    function test_cancel_returnsTheMoneyAtTheDeadline() public {
        uint256 id = cancelled();
        assertStatus(id, IKustodiaEscrow.Status.Cancelled);
        assertHeld(0);
    }

    function test_cancel_needsTheBridgeRole() public {
        uint256 id = create();
        expectMissingRole(STRANGER, BRIDGE_ROLE);
        vm.prank(STRANGER);
        escrow.cancel(id);
    }

    function test_thePause_trapsNoMoney() public {
        uint256 toRelease = create(keccak256("release"));
        uint256 toCancel = create(keccak256("cancel"));
        uint256 toRefund = create(keccak256("dispute, lost by the seller"));
        uint256 toKeep = create(keccak256("dispute, won by the seller"));
        vm.prank(ADMIN);
        escrow.pause();

        vm.warp(START + CUSTODY);
        vm.startPrank(BRIDGE);
        escrow.release(toRelease);
        escrow.cancel(toCancel);
        escrow.dispute(toRefund, "");
        escrow.resolveDispute(toRefund, false);
        escrow.dispute(toKeep, "");
        escrow.resolveDispute(toKeep, true);
        escrow.release(toKeep);
        assertHeld(0);
    }

    function test_everyActionRefusesAnUnknownId() public {
        bytes memory unknown = abi.encodeWithSelector(IKustodiaEscrow.UnknownEscrow.selector, 1);
        vm.startPrank(BRIDGE);
        vm.expectRevert(unknown);
        escrow.release(1);
        vm.expectRevert(unknown);
        escrow.cancel(1);
        vm.expectRevert(unknown);
        escrow.dispute(1, "");
        vm.expectRevert(unknown);
        escrow.resolveDispute(1, true);
    }

    function test_nothingFollowsARelease() public {
        assertClosed(released(), IKustodiaEscrow.Status.Released);
    }

    function test_nothingFollowsACancellation() public {
        assertClosed(cancelled(), IKustodiaEscrow.Status.Cancelled);
    }

    function test_aFundedEscrowHasNoDisputeToResolve() public {
        uint256 id = create();
        expectWrongStatus(id, IKustodiaEscrow.Status.Funded, IKustodiaEscrow.Status.Disputed);
        vm.prank(BRIDGE);
        escrow.resolveDispute(id, true);
    }

    function test_aDisputedEscrowIsOnlyResolved() public {
        uint256 id = disputed();
        vm.startPrank(BRIDGE);
        expectWrongStatus(id, IKustodiaEscrow.Status.Disputed, IKustodiaEscrow.Status.Funded);
        escrow.cancel(id);
        expectWrongStatus(id, IKustodiaEscrow.Status.Disputed, IKustodiaEscrow.Status.Funded);
        escrow.dispute(id, "");
    }

    function assertClosed(uint256 id, IKustodiaEscrow.Status end) private {
        // Money of another escrow, which a second payout would take.
        create(keccak256("another payment"));
        vm.warp(START + 2 * CUSTODY);
        vm.startPrank(BRIDGE);
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Funded);
        escrow.release(id);
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Funded);
        escrow.cancel(id);
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Funded);
        escrow.dispute(id, "");
        expectWrongStatus(id, end, IKustodiaEscrow.Status.Disputed);
        escrow.resolveDispute(id, false);
        assertHeld(AMOUNT);
    }
}
